// What the page says, in the language that was chosen. The phrases come from the server.

let phrases = {};
let languages = [];
let chosen = 0;

export function learn(catalogue, known) {
  phrases = catalogue;
  languages = known;
}

// A phrase with its slots filled; braces in what fills them mean nothing.
export function say(key, slots = {}) {
  return phrases[key][chosen].replace(/\{(\w+)\}/g, (_, slot) => slots[slot]);
}

// Choose a language, and write it wherever the page says something.
export function speak(language) {
  chosen = languages.indexOf(language);
  document.documentElement.lang = language;
  document.title = say("play.title");
  for (const element of document.querySelectorAll("[data-say]")) {
    element.textContent = say(element.dataset.say);
  }
  for (const element of document.querySelectorAll("[data-say-label]")) {
    element.setAttribute("aria-label", say(element.dataset.sayLabel));
  }
}
