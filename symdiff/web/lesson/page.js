"use strict";
(() => {
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  const main = document.querySelector("main");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const PAUSE = 1600; // milliseconds between steps

  // The passes: a picture with a slider through its steps, and the rows of its table -------------

  class Pass {
    constructor(figure) {
      this.figure = figure;
      this.canvas = figure.querySelector(".canvas");
      this.slider = figure.querySelector("input[type=range]");
      this.output = figure.querySelector("output");
      this.play = figure.querySelector("[data-action=play]");
      this.play.dataset.play = this.play.title;
      this.parts = $$("svg [data-step]", figure);
      this.captions = $$(".said", figure);
      this.section = main.querySelector(`[data-section="pass ${figure.dataset.pass}"]`);
      this.rows = $$("tr[data-step]", this.section ?? main);
      this.steps = Number(this.slider.max);
      this.step = this.steps;
      this.timer = null;
      this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
      const actions = {
        back: () => this.go(this.step - 1),
        forward: () => this.go(this.step + 1),
        play: () => (this.timer === null ? this.start() : this.stop()),
        zoom: (button) => button.setAttribute("aria-pressed", this.canvas.classList.toggle("whole")),
      };
      for (const button of $$("[data-action]", figure)) {
        button.addEventListener("click", () => {
          if (button !== this.play) this.stop();
          actions[button.dataset.action](button);
        });
      }
      this.write();
    }

    /* Show the picture after so many steps; the last of them stands out, here and in the table. */
    go(step) {
      this.step = Math.max(0, Math.min(this.steps, step));
      const place = this.step - 1;
      for (const part of this.parts) part.classList.toggle("later", Number(part.dataset.step) > place);
      for (const other of $$(".now", this.figure)) other.classList.remove("now");
      for (const row of this.rows) row.classList.toggle("now", Number(row.dataset.step) === place);
      const now = this.partsOf(this.step);
      for (const part of now) part.classList.add("now");
      this.write();
      this.center(now.find((part) => part.matches(".node")) ?? now[0]);
      reveal(this.rows.find((row) => row.classList.contains("now")));
    }

    write() {
      this.slider.value = this.step;
      this.output.textContent = `${this.step}/${this.steps}`;
      for (const caption of this.captions) caption.hidden = Number(caption.dataset.step) !== this.step;
    }

    /* What a step is about: the edge that it goes back along, and the nodes that it appends. */
    partsOf(step) {
      const caption = this.captions.find((each) => Number(each.dataset.step) === step);
      const { tail, head } = caption?.dataset ?? {};
      const edge = `.edge[data-tail="${tail}"][data-head="${head}"]`;
      return $$(`svg [data-step="${step - 1}"], ${edge}`, this.figure);
    }

    /* Bring a part of the picture into sight, where the picture is larger than its frame. */
    center(part) {
      if (!part) return;
      const [frame, box] = [this.canvas, part].map((each) => each.getBoundingClientRect());
      this.canvas.scrollBy({
        left: box.x + box.width / 2 - frame.x - frame.width / 2,
        top: box.y + box.height / 2 - frame.y - frame.height / 2,
        behavior: calm.matches ? "auto" : "smooth",
      });
    }

    start() {
      if (this.step === this.steps) this.go(0);
      this.timer = setInterval(() => {
        this.go(this.step + 1);
        if (this.step === this.steps) this.stop();
      }, PAUSE);
      this.name("pause");
    }

    stop() {
      if (this.timer === null) return;
      clearInterval(this.timer);
      this.timer = null;
      this.name("play");
    }

    name(action) {
      const label = this.play.dataset[action];
      this.play.setAttribute("aria-label", label);
      this.play.title = label;
      this.play.setAttribute("aria-pressed", action === "pause");
    }
  }

  const reveal = (element) =>
    element?.scrollIntoView({ block: "nearest", behavior: calm.matches ? "auto" : "smooth" });

  const passes = $$(".stage figure.pass").map((figure) => new Pass(figure));
  const passOf = (element) =>
    passes.find((pass) => pass.figure.contains(element) || pass.section?.contains(element)) ??
    (passes.length === 1 ? passes[0] : null);
  let current = passes[0];

  // Tabs ------------------------------------------------------------------------------------------

  const tabs = $$("[role=tab]");

  function choose(pass) {
    if (!pass || passes.length === 1) return;
    current = pass;
    passes.forEach((each, place) => {
      each.figure.hidden = each !== pass;
      if (each !== pass) each.stop();
      tabs[place].setAttribute("aria-selected", each === pass);
      tabs[place].tabIndex = each === pass ? 0 : -1;
    });
  }

  tabs.forEach((tab, place) => {
    tab.addEventListener("click", () => choose(passes[place]));
    tab.addEventListener("keydown", (event) => {
      const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!move) return;
      event.preventDefault();
      const next = (place + move + tabs.length) % tabs.length;
      choose(passes[next]);
      tabs[next].focus();
    });
  });
  choose(current);
  if (passes.length > 1) {
    const seen = (entries) => {
      const entry = entries.find((each) => each.isIntersecting);
      if (entry) choose(passes.find((pass) => pass.section === entry.target));
    };
    const observer = new IntersectionObserver(seen, { rootMargin: "-45% 0px -50% 0px" });
    for (const pass of passes) if (pass.section) observer.observe(pass.section);
  }

  // What belongs together lights up -----------------------------------------------------------------

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

  // Links to the parts ------------------------------------------------------------------------------

  const contents = document.querySelector(".contents");
  $$("article > section", main).forEach((section, place) => {
    section.id = `part-${place + 1}`;
    const link = Object.assign(document.createElement("a"), { href: `#${section.id}` });
    link.append(...section.querySelector("h2").cloneNode(true).childNodes);
    contents.append(link);
  });

  // The bar between text and picture -----------------------------------------------------------------

  const lesson = document.querySelector(".lesson");
  const splitter = document.querySelector(".splitter");

  function widen(width) {
    const most = lesson.clientWidth - 320;
    lesson.style.setProperty("--stage", `${Math.max(240, Math.min(most, width))}px`);
  }

  splitter.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    splitter.setPointerCapture(event.pointerId);
  });
  splitter.addEventListener("pointermove", (event) => {
    if (!splitter.hasPointerCapture(event.pointerId)) return;
    widen(lesson.getBoundingClientRect().right - event.clientX - splitter.clientWidth / 2);
  });
  splitter.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: 24, ArrowRight: -24 }[event.key];
    if (!move) return;
    event.preventDefault();
    widen(document.querySelector(".stage").clientWidth + move);
  });

  // Copying, and exercises --------------------------------------------------------------------------

  for (const button of $$(".copy")) {
    const label = button.textContent;
    button.addEventListener("click", async () => {
      const code = button.parentElement.querySelector("code");
      await copy(code);
      button.textContent = button.dataset.copied;
      setTimeout(() => (button.textContent = label), 1500);
    });
  }

  async function copy(code) {
    if (navigator.clipboard) {
      try {
        return await navigator.clipboard.writeText(code.textContent);
      } catch {
        // not allowed here: select and copy, as readers would
      }
    }
    getSelection().selectAllChildren(code);
    document.execCommand("copy");
  }

  const answers = document.querySelector(".answers");
  const toggles = [];
  if (answers) for (const pass of passes) pass.go(0); // the picture tells the answers step by step
  for (const blank of answers ? $$("span.blank[data-blank]") : []) {
    const number = blank.dataset.blank;
    const answer = answers.querySelector(`[data-answer="${number}"]`);
    const input = Object.assign(document.createElement("input"), { className: "blank", type: "text" });
    input.setAttribute("aria-label", answer.dataset.label);
    const shown = Object.assign(answer.cloneNode(true), { className: "answer", hidden: true });
    const button = Object.assign(document.createElement("button"), { className: "reveal", type: "button" });
    const toggle = (show) => {
      shown.hidden = !show;
      button.textContent = show ? "−" : "?";
      button.title = answers.dataset[show ? "hide" : "show"];
      button.setAttribute("aria-label", `${button.title}: ${answer.dataset.label}`);
      button.setAttribute("aria-expanded", show);
    };
    button.addEventListener("click", () => toggle(shown.hidden));
    toggle(false);
    toggles.push(toggle);
    const whole = Object.assign(document.createElement("span"), { className: "asked" });
    blank.replaceWith(whole);
    whole.append(input, button, shown, whole.nextSibling); // the number stands behind the blank
  }
  const key = main.querySelector('[data-section="key"]');
  if (key && answers) {
    const button = Object.assign(document.createElement("button"), { type: "button" });
    const fold = (folded) => {
      key.classList.toggle("folded", folded);
      button.textContent = answers.dataset[folded ? "showAll" : "hideAll"];
      for (const toggle of toggles) toggle(!folded);
    };
    button.addEventListener("click", () => fold(!key.classList.contains("folded")));
    key.querySelector("h2").after(button);
    fold(true);
  }

  document.documentElement.classList.add("live");
})();
