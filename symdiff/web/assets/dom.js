// Elements, without any markup: whatever stands in them is text.

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export const byId = (id) => document.getElementById(id);

// Put new children in place of old ones. What stands where the focus was gets it.
export function refill(container, children) {
  const controls = () => [...container.querySelectorAll("button, input")];
  const place = controls().indexOf(document.activeElement);
  container.replaceChildren(...children);
  if (place >= 0) controls()[place]?.focus({ preventScroll: true });
}
