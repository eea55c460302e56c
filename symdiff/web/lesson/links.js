// What belongs together lights up: nodes of the pictures, rows of tables, lines of source.

const names = (element) => (element.dataset.node ?? "").split(" ").filter(Boolean);
const linked = $$(".stage .node[data-node], main [data-node]");
const kindOf = (element) =>
  element.closest(".stage") ? "picture" : element.classList.contains("line") ? "line" : "row";
const index = new Map();
for (const element of linked) {
  // a step's row is about what receives; the consumer comes second
  const own = element.dataset.step && kindOf(element) === "row" ? passNames(element) : names(element);
  for (const name of own) index.set(name, [...(index.get(name) ?? []), element]);
}

function passNames(row) {
  const first = new Map();
  for (const name of names(row)) {
    const prefix = name.split("-")[0];
    if (!first.has(prefix)) first.set(prefix, name);
  }
  return [...first.values()];
}

function relatives(element) {
  const kind = kindOf(element);
  const found = new Set([element]);
  for (const name of names(element)) {
    for (const other of index.get(name) ?? []) if (kindOf(other) !== kind) found.add(other);
  }
  const pass = passOf(element);
  if (pass && element.dataset.step !== undefined) {
    const more = kind === "row"
      ? pass.partsOf(Number(element.dataset.step) + 1)
      : pass.rows.filter((row) => row.dataset.step === element.dataset.step);
    for (const other of more) found.add(other);
  }
  return found;
}

let pinned = null;

function light(element) {
  for (const other of $$(".lit")) other.classList.remove("lit");
  if (!element) return;
  if (kindOf(element) !== "picture") choose(passOf(element));
  for (const other of relatives(element)) other.classList.add("lit");
}

const linkedAt = (event) => {
  const found = event.target.closest?.("[data-node]");
  return found && linked.includes(found) ? found : null;
};
for (const type of ["pointerover", "focusin"]) {
  document.addEventListener(type, (event) => light(linkedAt(event) ?? pinned));
}
document.addEventListener("pointerleave", () => light(pinned));

function activate(element) {
  pinned = pinned === element ? null : element;
  light(pinned);
  if (!pinned) return;
  const pass = passOf(element);
  if (kindOf(element) === "row" && element.dataset.step && pass) {
    pass.stop();
    pass.go(Number(element.dataset.step) + 1);
  } else if (kindOf(element) === "picture") {
    reveal([...relatives(element)].find((other) => kindOf(other) === "row"));
  }
}

document.addEventListener("click", (event) => {
  const element = linkedAt(event);
  if (element && !event.target.closest("button, input")) activate(element);
});

// The keyboard: one stop for each picture, table and listing, arrows within -----------------------

for (const group of $$(".stage .sd-picture, main tbody, main pre code")) {
  const items = $$("[data-node]", group).filter((item) => linked.includes(item));
  items.forEach((item, place) => {
    item.setAttribute("tabindex", place ? -1 : 0);
    if (kindOf(item) !== "picture") return;
    item.setAttribute("role", "button");
    item.setAttribute("aria-label", item.querySelector("title").textContent);
  });
  if (items.length && group.closest("figure.pass")) group.setAttribute("role", "group");
  group.addEventListener("keydown", (event) => {
    const move = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const next = move && items[items.indexOf(document.activeElement) + move];
    if (!next || next.classList.contains("later")) return;
    event.preventDefault();
    document.activeElement.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

document.addEventListener("keydown", (event) => {
  const element = linkedAt(event);
  if (element && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    activate(element);
  } else if (event.key === "Escape") {
    pinned = null;
    light(null);
  } else if (!event.defaultPrevented && !event.target.closest("input, pre, [role=tab]")) {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!move || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    current.stop();
    current.go(current.step + move);
  }
});
