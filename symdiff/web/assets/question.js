// The left side of the page: the formula with its error, the shapes, and what is asked for.

import { typeset } from "./cards.js";
import { byId, make, refill } from "./dom.js";
import { shapeOf } from "./state.js";
import { say } from "./words.js";

const input = byId("formula");
const mirror = byId("mirror");

// The formula --------------------------------------------------------------------------------

export function showFormula(text) {
  if (input.value !== text) input.value = text;
  mark(null);
}

// Mark a position in the formula, counted in characters as Python does; null marks nothing. The
// mirror lies behind the input, has its size, and also makes it as high as its text.
function mark(position) {
  const characters = [...input.value];
  if (position === null) {
    mirror.replaceChildren(`${input.value} `);
  } else {
    mirror.replaceChildren(
      characters.slice(0, position).join(""),
      make("mark", {}, characters[position] ?? " "),
      `${characters.slice(position + 1).join("")} `,
    );
  }
  input.setAttribute("aria-invalid", String(position !== null));
}

export function showReading(reading) {
  byId("reading").hidden = !reading;
  if (!reading) return;
  const shape = make("span", { className: "note" }, reading.note);
  byId("read").replaceChildren(...typeset(reading.math, reading.plain), shape);
}

// What is wrong with the formula or with a shape; null for nothing.
export function showError(error) {
  const place = byId("error");
  place.replaceChildren(...(error ? described(error) : []));
  mark(error?.position ?? null);
  for (const field of byId("fields").querySelectorAll("input")) {
    field.setAttribute("aria-invalid", String(field.name === (error?.shape ?? null)));
  }
}

// The library's own words; below them the line of the formula and the caret, which must not wrap.
export function described({ text, position }) {
  const lines = text.split("\n");
  const shown = position === null || lines.length < 3 ? [] : lines.splice(-2);
  const words = make("p", { className: "message" }, lines.join("\n"));
  return shown.length ? [words, make("pre", { className: "caret" }, shown.join("\n"))] : [words];
}

// Shapes and variables ------------------------------------------------------------------------

// One field for each name of the formula. Fields stay where they are while one types.
export function showShapes(names, shapes, changed) {
  byId("shapes").hidden = !names.length;
  const old = new Map([...byId("fields").children].map((label) => [label.dataset.name, label]));
  byId("fields").replaceChildren(
    ...names.map(({ name, shape }) => {
      const label = old.get(name) ?? field(name, changed);
      const entry = label.querySelector("input");
      const wanted = shapeOf(shapes, name);
      if (document.activeElement !== entry) entry.value = wanted;
      entry.placeholder = say("play.scalar");
      entry.setAttribute("aria-label", say("play.shape.of", { name }));
      const inferred = ["vector", "matrix"].includes(wanted.trim()) && shape;
      label.querySelector("output").textContent = inferred ? shape : "";
      return label;
    }),
  );
}

function field(name, changed) {
  const entry = make("input", {
    name, type: "text", spellcheck: false, autocapitalize: "off", size: 7,
  });
  entry.addEventListener("input", () => changed(name, entry.value));
  return make(
    "label", { "data-name": name },
    make("span", { className: "name" }, name), entry, make("output"),
  );
}

// A box for each variable by which the formula can be differentiated. The one that is left stays
// checked: something must be.
export function showVariables(names, changed) {
  const possible = names.filter((each) => each.derivable);
  byId("wrt").hidden = !possible.length;
  const boxes = possible.map(({ name, asked }) =>
    make("input", { type: "checkbox", name: `by ${name}`, value: name, checked: asked }),
  );
  for (const box of boxes) {
    box.addEventListener("change", () => {
      const left = boxes.filter((each) => each.checked).map((each) => each.value);
      if (left.length) changed(left);
      else box.checked = true;
    });
  }
  refill(byId("variables"), boxes.map((box) => make("label", {}, box, make("span", {}, box.value))));
}

// Choices -------------------------------------------------------------------------------------

export function showKinds(kinds, kind, changed) {
  refill(
    byId("kinds"),
    kinds.map((each) => {
      const box = make("input", { type: "radio", name: "kind", value: each, checked: each === kind });
      box.addEventListener("change", () => changed(each));
      return make("label", {}, box, make("span", {}, say(`play.kind.${each}`)));
    }),
  );
}
