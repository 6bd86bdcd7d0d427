// Tickets that a gun reads while somebody writes in a form of the panel: they wait, so that neither is the scan lost nor
// the form taken away, and are looked up one after the other when the form is sent or closed.
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

  const keep = (code, method) => {
    kept.push({ code, method });
    tell();
  };

  const next = () => {
    if (!kept.length || panel.isAsking()) return;
    const { code, method } = kept.shift();
    tell();
    queue.scan(code, method);
  };

  const soon = (wait) => {
    clearTimeout(timer);
    if (kept.length) timer = setTimeout(next, wait);
  };

  document.addEventListener("checkin:panel", () => soon(panel.current().dataset.verdict === "ready" ? 0 : READ));
  for (const kind of ["toggle", "focusout"]) document.addEventListener(kind, ({ target }) => panel.current().contains(target) && soon(0), true);

  return { keep };
})();
