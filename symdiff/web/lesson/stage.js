// The stage: a picture with a slider for each pass, and the rows of its table.

const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
const main = document.querySelector("main");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const PAUSE = 1600; // milliseconds between steps

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
