// What an answer is made of: one function for each kind of card.

import { copyButton } from "./copy.js";
import { make } from "./dom.js";
import { grow } from "./grow.js";
import { coloured } from "./python.js";
import { say } from "./words.js";

const LONG = 60; // characters from which on a formula is set smaller

const CARDS = { formula, code, grid, article, picture, remark };

export const show = (card) => CARDS[card.card](card);

function formula({ math, plain, copies, note }) {
  return make("article", { className: "card" }, ...typeset(math, plain), footer(note, copies));
}

// What stands below a card: a note, and a button for each notation that can be copied.
function footer(note, copies) {
  const copy = Object.entries(copies).map(([notation, text]) =>
    copyButton(say(`play.copy.${notation}`), () => text),
  );
  return make(
    "footer", {},
    make("span", { className: "note" }, note),
    make("span", { className: "copies" }, make("span", {}, say("play.copy")), ...copy),
  );
}

// A formula as it is shown, without a frame.
export function typeset(math, plain) {
  if (math) {
    const size = [...plain].length > LONG ? "math long" : "math";
    return [make("div", { className: size, tabIndex: 0 }, grow(math))];
  }
  return [
    make("pre", { className: "plain", tabIndex: 0 }, plain),
    make("p", { className: "note" }, say("play.abridged")),
  ];
}

function code({ text, language, heading, folded }) {
  const lines = language === "python" ? coloured(text) : [text];
  const copy = copyButton(say("play.copy"), () => text);
  const body = make("pre", { tabIndex: 0 }, make("code", {}, ...lines));
  if (folded) {
    const below = make("div", { className: "unfolded" }, copy, body);
    return make("details", { className: "card code" }, make("summary", {}, heading), below);
  }
  const above = make("header", {}, make("span", { className: "note" }, heading), copy);
  return make("article", { className: `card code ${language}` }, above, body);
}

function grid({ head, rows, ok, caption }) {
  const cells = (tag, row) => row.map((cell) => make(tag, {}, cell));
  const body = rows.map((row, place) =>
    make("tr", { className: ok ? (ok[place] ? "right" : "wrong") : "" }, ...cells("td", row)),
  );
  const table = make(
    "table", {},
    ...(caption ? [make("caption", {}, caption)] : []),
    make("thead", {}, make("tr", {}, ...cells("th", head))),
    make("tbody", {}, ...body),
  );
  return make("article", { className: "card grid", tabIndex: 0 }, table);
}

function article({ tree }) {
  return make("div", { className: "derivation" }, grow(tree));
}

// A picture, and for one with steps a slider that goes through them: what a later step adds is
// hidden.
function picture({ tree, steps, heading, copies }) {
  const drawn = grow(tree);
  const above = make("header", {}, make("span", { className: "note" }, heading));
  if (steps) above.append(slider(drawn, steps));
  const frame = make("div", { className: "frame", tabIndex: 0 }, drawn);
  return make("article", { className: "card picture" }, above, frame, footer("", copies));
}

function slider(drawn, steps) {
  const box = make("input", { type: "range", min: 0, max: steps, value: steps });
  const said = make("output");
  const later = [...drawn.querySelectorAll("[data-step]")];
  const step = () => {
    const done = box.valueAsNumber;
    said.textContent = say("play.step", { step: done, steps });
    box.setAttribute("aria-label", said.textContent);
    for (const each of later) each.classList.toggle("later", Number(each.dataset.step) >= done);
  };
  box.addEventListener("input", step);
  step();
  return make("label", { className: "steps" }, said, box);
}

function remark({ text }) {
  return make("p", { className: "remark" }, text);
}
