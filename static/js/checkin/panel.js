// The verdict panel: what is put into it, and the way back to "ready".
"use strict";

const panel = (() => {
  // Long enough to read a note, or to settle a refusal with the person in front; after that it is nobody's any more.
  const READY_AFTER = 20_000;
  const READY_AFTER_REFUSAL = 60_000;
  // These wait for somebody's tap.
  const STAYS = new Set(["ready", "search", "choose", "not_saved"]);
  const KEPT = 10;
  let timer = 0;

  const current = () => document.getElementById("result");

  // The fragment replaces the panel; what comes after it adds a row to the last scans, or marks one of them.
  const show = (html) => {
    clearTimeout(timer);
    const fragment = document.createElement("template");
    fragment.innerHTML = html;
    current().replaceWith(fragment.content.getElementById("result"));
    const added = fragment.content.querySelector('[data-swap="prepend"]');
    if (added) document.getElementById("last-scans").prepend(...added.children);
    const marked = fragment.content.querySelector('[data-swap="replace"]');
    if (marked) document.getElementById(marked.id)?.replaceWith(marked);
    tidyLast();
    const { verdict } = current().dataset;
    const isShort = verdict === "admitted" || verdict === "undone";
    if (!STAYS.has(verdict)) timer = setTimeout(readyAgain, isShort ? READY_AFTER : READY_AFTER_REFUSAL);
  };

  // A verdict, as opposed to a list of hits: it is heard and felt too.
  const announce = (html) => {
    show(html);
    feedback.give(current());
  };

  const ready = () => show(document.getElementById("ready-panel").innerHTML);

  const readyAgain = () => {
    if (current().querySelector("details[open]") || current().contains(document.activeElement)) {
      timer = setTimeout(readyAgain, READY_AFTER);
    } else {
      ready();
    }
  };

  // A scan that was sent twice has one row, its newest.
  const tidyLast = () => {
    const seen = new Set();
    for (const row of [...document.querySelectorAll("#last-scans > li")]) {
      if (seen.has(row.id) || seen.size === KEPT) row.remove();
      seen.add(row.id);
    }
  };

  return { show, announce, ready, current };
})();
