// Colours for Python source: comments, strings, numbers, keywords, what is defined.

import { make } from "./dom.js";

const TOKEN = new RegExp(
  [
    /(?<comment>#[^\n]*)/,
    /(?<string>[frb]*(?:"""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))/,
    /(?<number>\b\d+\.?\d*(?:e[+-]?\d+)?j?\b)/,
    /(?<=\b(?:def|class) )(?<name>\w+)/,
    /\b(?<keyword>def|return|import|from|as|if|elif|else|for|in|is|not|and|or|raise|while|with|None|True|False|lambda|try|except|finally|pass|yield)\b/,
  ].map((part) => part.source).join("|"),
  "g",
);

export function coloured(source) {
  const pieces = [];
  let end = 0;
  for (const found of source.matchAll(TOKEN)) {
    const [kind, text] = Object.entries(found.groups).find(([, word]) => word !== undefined);
    pieces.push(source.slice(end, found.index), make("span", { className: kind }, text));
    end = found.index + text.length;
  }
  return [...pieces, source.slice(end)];
}
