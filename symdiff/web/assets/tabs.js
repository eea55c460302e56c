// The tabs of the views: one is selected, arrows go on to the next.

import { byId, make } from "./dom.js";
import { say } from "./words.js";

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

export function showTabs(views, view, changed) {
  const focused = byId("views").contains(document.activeElement);
  const tabs = views.map((each) =>
    make(
      "button",
      {
        type: "button", id: `view-${each}`, role: "tab", tabIndex: each === view ? 0 : -1,
        "aria-selected": String(each === view), "aria-controls": "panel",
      },
      say(`play.view.${each}`),
    ),
  );
  tabs.forEach((tab, place) => {
    tab.addEventListener("click", () => changed(views[place]));
    tab.addEventListener("keydown", (event) => {
      const next = nextPlace(event.key, place, views.length);
      if (next === null) return;
      event.preventDefault();
      changed(views[next]);
    });
  });
  byId("views").replaceChildren(...tabs);
  byId("panel").setAttribute("aria-labelledby", `view-${view}`);
  const selected = tabs[views.indexOf(view)];
  if (focused) selected.focus();
  selected.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function nextPlace(key, place, count) {
  if (key in STEPS) return (place + STEPS[key] + count) % count;
  if (key === "Home") return 0;
  return key === "End" ? count - 1 : null;
}
