// What is asked, and how a link says it: after the #, so that no server sees it.

export const START = {
  formula: "", shapes: {}, wrt: [], kind: "gradient", view: "closed", language: "en",
};

// The state that a link carries, or null for a link without one. What is not among the choices
// that there are is left at the start.
export function fromLink(hash, choices) {
  const fields = new URLSearchParams(hash.slice(1));
  if (!fields.has("f")) return null;
  const among = (name, key, start) =>
    choices[key].includes(fields.get(name)) ? fields.get(name) : start;
  return {
    formula: fields.get("f"),
    shapes: Object.fromEntries(
      words(fields.get("s")).map((entry) => entry.split(":", 2)).filter((pair) => pair.length === 2),
    ),
    wrt: words(fields.get("by")),
    kind: among("see", "kinds", START.kind),
    view: among("view", "views", START.view),
    language: among("lang", "languages", null),
  };
}

export function asLink(state) {
  const fields = new URLSearchParams({ f: state.formula });
  const shapes = Object.entries(state.shapes)
    .filter(([, shape]) => shape.trim())
    .map(([name, shape]) => `${name}:${shape.trim().replace(/[\s,]+/g, ",")}`);
  if (shapes.length) fields.set("s", shapes.join(" "));
  if (state.wrt.length) fields.set("by", state.wrt.join(" "));
  fields.set("see", state.kind);
  fields.set("view", state.view);
  fields.set("lang", state.language);
  return `#${fields}`;
}

const words = (text) => (text ?? "").split(" ").filter(Boolean);

// The shape of a name; names such as `constructor` are nothing special here.
export const shapeOf = (shapes, name) => (Object.hasOwn(shapes, name) ? shapes[name] : "");
