// The page: a state, what changes it, and what it shows.

import { ask, giveUp } from "./ask.js";
import { show } from "./cards.js";
import { copyButton } from "./copy.js";
import { byId, make, refill } from "./dom.js";
import {
  described, showError, showFormula, showKinds, showReading, showShapes, showVariables,
} from "./question.js";
import { asLink, fromLink, START } from "./state.js";
import { showTabs } from "./tabs.js";
import { learn, say, speak } from "./words.js";

const PAUSE = 120; // milliseconds without a key after which a formula is read
const PATIENCE = 300; // milliseconds after which the page says that it works

const page = await (await fetch("/page.json")).json();
learn(page.phrases, page.languages);

let state = { ...START };
let names = [];
let timer = 0;

// Changes ---------------------------------------------------------------------------------------

// Change the state. While one types, the link follows; what one chooses is a step for "back".
function change(fields, { typing = false } = {}) {
  state = { ...state, ...fields };
  const link = asLink(state);
  if (typing) history.replaceState(null, "", link);
  else if (link !== location.hash) history.pushState(null, "", link);
  clearTimeout(timer);
  giveUp();
  if (typing) {
    timer = setTimeout(answer, PAUSE);
    showExamples();
  } else {
    showState();
    answer();
  }
}

function takeExample({ key, ...fields }) {
  change(fields);
}

function changeShape(name, shape) {
  change({ shapes: { ...state.shapes, [name]: shape } }, { typing: true });
}

// What the page shows ---------------------------------------------------------------------------

function showState() {
  speak(state.language);
  showFormula(state.formula);
  showKinds(page.kinds, state.kind, (kind) => change({ kind }));
  showTabs(page.views, state.view, (view) => change({ view }));
  showLanguages();
  showExamples();
  byId("link").replaceWith(linkButton());
}

function linkButton() {
  const button = copyButton(say("play.copy.link"), () => location.href);
  button.id = "link";
  return button;
}

function showLanguages() {
  const titles = { en: "EN", zh: "中文" };
  refill(
    byId("languages"),
    page.languages.map((language) => {
      const button = make(
        "button",
        { type: "button", lang: language, "aria-pressed": String(language === state.language) },
        titles[language],
      );
      button.addEventListener("click", () => change({ language }));
      return button;
    }),
  );
}

function showExamples() {
  refill(
    byId("examples"),
    page.examples.map((example) => {
      const shown = example.formula === state.formula;
      const button = make(
        "button",
        { type: "button", "aria-pressed": String(shown) },
        say(`play.example.${example.key}`),
      );
      button.addEventListener("click", () => takeExample(example));
      return button;
    }),
  );
}

// Answers ---------------------------------------------------------------------------------------

async function answer() {
  const { formula } = state;
  const most = page.limits.characters;
  if (!formula.trim()) return nothing(say("play.empty"));
  if ([...formula].length > most) {
    return nothing(say("play.too_long", { count: [...formula].length, most }));
  }
  const working = setTimeout(() => byId("panel").setAttribute("aria-busy", "true"), PATIENCE);
  let found;
  try {
    found = await ask({ ...state, shapes: shapesUsed() });
  } catch {
    return showNotice(say("play.unreachable"), "stopped");
  } finally {
    clearTimeout(working);
    byId("panel").removeAttribute("aria-busy");
  }
  if (found) showAnswer(found);
}

// The shapes of the names that stand in the formula.
function shapesUsed() {
  const words = new Set(state.formula.normalize("NFKC").match(/[\p{L}_][\p{L}\p{N}_]*/gu));
  const used = Object.entries(state.shapes).filter(([name, shape]) => words.has(name) && shape);
  return Object.fromEntries(used);
}

function nothing(notice) {
  names = [];
  showError(null);
  showReading(null);
  showShapes([], {}, changeShape);
  showVariables([], () => {});
  showNotice(notice);
}

function showAnswer(found) {
  if (found.refused) return showNotice(found.refused);
  if (found.names) {
    names = found.names;
    showShapes(names, state.shapes, changeShape);
  }
  const { error } = found;
  const unread = error && !found.reading;
  showError(unread ? error : null);
  if (found.reading) {
    showReading(found.reading);
    showVariables(names, (wrt) => change({ wrt }));
  }
  if (found.stopped) showNotice(found.stopped.text, "stopped");
  else if (found.cards) showCards(found.cards.map(show));
  else if (unread) showStale();
  else showCards([make("div", { className: "notice" }, ...described(error))]);
}

function showCards(cards) {
  byId("panel").classList.remove("stale");
  byId("panel").replaceChildren(...cards);
}

function showNotice(text, kind = "") {
  const again = make("button", { type: "button" }, say("play.retry"));
  again.addEventListener("click", answer);
  const retry = kind === "stopped" ? [again] : [];
  showCards([make("div", { className: `notice ${kind}`, role: "status" }, text, ...retry)]);
}

// The last answer stays in view while a formula cannot be read, and says that it is the last.
function showStale() {
  const panel = byId("panel");
  if (panel.classList.contains("stale") || !panel.children.length) return;
  panel.classList.add("stale");
  panel.prepend(make("p", { className: "remark" }, say("play.stale")));
}

// The start -------------------------------------------------------------------------------------

function usualLanguage() {
  const wanted = navigator.languages.map((each) => each.slice(0, 2));
  return wanted.find((each) => page.languages.includes(each)) ?? page.languages[0];
}

function fromAddress() {
  const found = fromLink(location.hash, page);
  const { key, ...first } = page.examples[0];
  state = { ...START, ...(found ?? first) };
  state.language = found?.language ?? usualLanguage();
  history.replaceState(null, "", asLink(state));
  byId("panel").replaceChildren();
  showState();
  answer();
}

byId("formula").addEventListener("input", (event) => {
  showFormula(event.target.value);
  change({ formula: event.target.value }, { typing: true });
});
byId("question").addEventListener("submit", (event) => event.preventDefault());
addEventListener("popstate", fromAddress);
fromAddress();
