// The verdict panel: what is put into it, and the way back to "ready". A form that is not finished when something else is
// shown is kept, and comes back in place of "ready".
"use strict";

const panel = (() => {
  // Long enough to read a note, or to settle a refusal with the person in front; after that it is nobody's any more.
  const READY_AFTER = 20_000;
  const READY_AFTER_REFUSAL = 60_000;
  // These wait for somebody's tap.
  const STAYS = new Set(["ready", "search", "choose", "not_saved", "form"]);
  const KEPT = 10;
  let timer = 0;
  let parked = null;

  const current = () => document.getElementById("result");

  // Somebody writes in it, or is about to: it must not vanish under what comes by itself.
  const isAsking = () =>
    current().dataset.form !== undefined || Boolean(current().querySelector("details[open], :is(input, textarea, select):focus"));

  const park = (form) => {
    parked = form;
    document.querySelector('[data-strip="parked"]').hidden = !form;
  };

  // The fragment replaces the panel; what comes after it adds a row to the last scans, or puts some of them right.
  const show = (html) => {
    clearTimeout(timer);
    const fragment = document.createElement("template");
    fragment.innerHTML = html;
    const [old, made] = [current(), fragment.content.getElementById("result")];
    if (isAsking() && made.dataset.form === undefined) park(old);
    old.replaceWith(made);
    const added = fragment.content.querySelector('[data-swap="prepend"]');
    if (added) document.getElementById("last-scans").prepend(...added.children);
    for (const marked of fragment.content.querySelectorAll('[data-swap="replace"]')) document.getElementById(marked.id)?.replaceWith(marked);
    tidyLast();
    shown();
  };

  const shown = () => {
    const { verdict } = current().dataset;
    const isShort = verdict === "admitted" || verdict === "undone";
    if (!STAYS.has(verdict)) timer = setTimeout(readyAgain, isShort ? READY_AFTER : READY_AFTER_REFUSAL);
    document.dispatchEvent(new Event("checkin:panel"));
  };

  // A verdict, as opposed to a list of hits: it is heard and felt too.
  const announce = (html) => {
    show(html);
    feedback.give(current());
  };

  // What is said to what was sent from the panel `sent`, whether it is shown or waits: that one is finished, and no other.
  const answer = (html, sent) => {
    if (parked === sent) park(null);
    if (current() === sent) empty();
    announce(html);
  };

  const empty = () => {
    current().replaceChildren();
    delete current().dataset.form;
  };

  const ready = () => {
    if (!parked) return show(document.getElementById("ready-panel").innerHTML);
    clearTimeout(timer);
    for (const form of parked.querySelectorAll("[data-sent]")) delete form.dataset.sent;
    current().replaceWith(parked);
    park(null);
    return shown();
  };

  // Whoever wrote in it wants it no more.
  const cancel = () => {
    empty();
    ready();
  };

  const readyAgain = () => {
    if (isAsking() || current().contains(document.activeElement)) {
      timer = setTimeout(readyAgain, READY_AFTER);
    } else {
      ready();
    }
  };

  // A scan that was sent twice has one row, its newest.
  const tidyLast = () => {
    const seen = new Set();
    for (const row of [...document.querySelectorAll("#last-scans > li")]) {
      if (seen.has(row.id) || seen.size >= KEPT) row.remove();
      seen.add(row.id);
    }
  };

  return { show, announce, answer, ready, cancel, isAsking, current };
})();
