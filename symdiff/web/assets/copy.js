// Buttons that copy.

import { make } from "./dom.js";
import { say } from "./words.js";

const SHOWN = 1400; // milliseconds that a button says what became of it

export function copyButton(label, text) {
  const button = make("button", { type: "button", className: "copy" }, label);
  button.addEventListener("click", async () => {
    const done = await copied(text());
    button.textContent = say(done ? "play.copied" : "play.not_copied");
    button.classList.toggle("done", done);
    setTimeout(() => {
      button.textContent = label;
      button.classList.remove("done");
    }, SHOWN);
  });
  return button;
}

// Browsers lend the clipboard to pages of this machine and of https; elsewhere the old way is left.
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedBySelection(text);
  }
}

function copiedBySelection(text) {
  const area = make("textarea", { value: text, className: "offscreen", readOnly: true });
  const before = document.activeElement;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus();
  return done;
}
