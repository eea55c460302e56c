// Formulas and pictures from nested lists [tag, attributes, ...children]. There is no parser here,
// and no tag or attribute that could load or run anything.

const SPACES = {
  math: "http://www.w3.org/1998/Math/MathML",
  svg: "http://www.w3.org/2000/svg",
};

const TAGS = new Set(
  `math mrow mi mo mn ms mtext mspace msup msub msubsup mover munder munderover mfrac msqrt mroot
   mtable mtr mtd mstyle mpadded mphantom menclose mmultiscripts mprescripts none`.split(/\s+/),
);

const ATTRIBUTES = new Set(
  `class display mathvariant stretchy fence form width height depth lspace rspace separator
   accent accentunder linethickness columnalign columnspan rowspan symmetric largeop movablelimits
   minsize maxsize displaystyle scriptlevel`.split(/\s+/),
);

export function grow([tag, attributes, ...children], space = null) {
  if (!TAGS.has(tag)) throw new Error(`no element <${tag}> is shown`);
  const inner = SPACES[tag] ?? space;
  const element = document.createElementNS(inner, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (ATTRIBUTES.has(name)) element.setAttribute(name, value);
  }
  element.append(...children.map((c) => (typeof c === "string" ? c : grow(c, inner))));
  return element;
}
