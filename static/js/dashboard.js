// The dashboard looks for changes by itself (hx-trigger). Here: rest while nobody sees it, say when the server does not
// answer, and leave alone what the reader has opened, scrolled or focused when a panel is drawn anew.
"use strict";

const root = document.getElementById("dashboard");

document.addEventListener("htmx:confirm", (event) => {
  if (event.target === root && document.hidden) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) htmx.trigger(root, "look");
});

const tell = (isLive) => {
  document.querySelector("#moment .live").hidden = !isLive;
  document.querySelector("#moment .stale").hidden = isLive;
};
document.addEventListener("htmx:afterRequest", (event) => {
  // Not `detail.successful`: a 503 brings a page to be shown elsewhere on the site, and counts as a success to htmx.
  if (event.target === root) tell(event.detail.xhr.status > 0 && event.detail.xhr.status < 400);
});

// The old panel's open details, scrolled boxes and focus, kept by position, since the markup of a panel does not vary.
const kept = new Map();
const boxes = (panel) => [...panel.querySelectorAll("[tabindex]")];
const controls = (panel) => [...panel.querySelectorAll("a, button, summary, [tabindex]")];

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const panel = event.detail.target;
  for (const details of panel.querySelectorAll("details[open]")) {
    event.detail.fragment.querySelector(`#${details.id}`)?.setAttribute("open", "");
  }
  kept.set(panel.id, {
    scrolled: boxes(panel).map((box) => box.scrollLeft),
    focused: controls(panel).indexOf(document.activeElement),
  });
});
document.addEventListener("htmx:oobAfterSwap", () => {
  for (const [id, { scrolled, focused }] of kept) {
    const panel = document.getElementById(id);
    boxes(panel).forEach((box, index) => { box.scrollLeft = scrolled[index] || 0; });
    if (focused >= 0) controls(panel)[focused]?.focus({ preventScroll: true });
  }
  kept.clear();
});
