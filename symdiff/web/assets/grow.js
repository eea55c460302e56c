// Formulas and pictures from nested lists [tag, attributes, ...children]. There is no parser here,
// and no tag or attribute that could load or run anything.

const HTML = "http://www.w3.org/1999/xhtml";
const SPACES = {
  math: "http://www.w3.org/1998/Math/MathML",
  svg: "http://www.w3.org/2000/svg",
};

const TAGS = words(
  `article section h1 h2 h3 h4 h5 h6 p strong code pre span div wbr figure figcaption
   table thead tbody tr th td
   math mrow mi mo mn ms mtext mspace msup msub msubsup mover munder munderover mfrac msqrt mroot
   mtable mtr mtd mstyle mpadded mphantom
   svg g path rect polygon circle ellipse line text tspan title`,
);

const ATTRIBUTES = words(
  `class lang role aria-label colspan rowspan
   data-node data-step data-section data-blank data-language data-tail data-head data-written
   display mathvariant stretchy fence form width height depth lspace rspace separator accent
   linethickness columnalign columnspan symmetric largeop movablelimits minsize maxsize
   viewBox transform d points x y dx dy cx cy r rx ry x1 y1 x2 y2 text-anchor
   font-size font-style font-weight fill stroke stroke-width stroke-dasharray`,
);

export function grow([tag, attributes, ...children], space = HTML) {
  if (!TAGS.has(tag)) throw new Error(`no element <${tag}> is shown`);
  const inner = SPACES[tag] ?? space;
  const element = document.createElementNS(inner, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (ATTRIBUTES.has(name)) element.setAttribute(name, value);
  }
  element.append(...children.map((c) => (typeof c === "string" ? c : grow(c, inner))));
  return element;
}

function words(text) {
  return new Set(text.trim().split(/\s+/));
}
