// Around the text: contents, the bar beside the picture, copying, and blanks to fill in.

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

// Copying ----------------------------------------------------------------------------------------

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

// Exercises --------------------------------------------------------------------------------------

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
