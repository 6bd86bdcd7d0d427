// Tickets that a gun reads while somebody writes in a form of the panel: they wait, so that neither is the scan lost nor
// the form taken away, and are looked up one after the other when the form is sent or closed. They are on the disk
// (`queue.hold`), and so are looked up too when the page is loaded anew, with which the form is gone.
"use strict";

const held = (() => {
  // A verdict that was just given is read first (milliseconds).
  const READ = 2500;
  const kept = [];
  let timer = 0;

  const tell = () => {
    const line = document.querySelector('[data-strip="held"]');
    line.hidden = !kept.length;
    line.querySelector("[data-held]").textContent = kept.length;
  };

  const add = (item) => {
    kept.push(item);
    tell();
  };

  const keep = (code, method) => add(queue.hold(code, method));

  const next = () => {
    if (!kept.length || panel.isAsking()) return;
    const item = kept.shift();
    tell();
    queue.release(item);
  };

  const soon = (wait) => {
    clearTimeout(timer);
    if (kept.length) timer = setTimeout(next, wait);
  };

  document.addEventListener("checkin:panel", () => soon(panel.current().dataset.verdict === "ready" ? 0 : READ));
  for (const kind of ["toggle", "focusout"]) document.addEventListener(kind, ({ target }) => panel.current().contains(target) && soon(0), true);

  return { add, keep, start: () => soon(0) };
})();
