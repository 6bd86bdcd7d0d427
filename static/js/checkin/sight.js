// What the camera sees becomes scans: each ticket once while it is held up, and of two at a time none without a tap.
"use strict";

const sight = (() => {
  // A ticket is scanned again when it was out of sight for so long (milliseconds).
  const FORGET = 4000;
  // One of two that were in view together is scanned by itself when it was alone for so long: a sheet with two tickets is
  // not always read whole.
  const ALONE = 1500;
  const scanned = new Map(); // ticket -> when it was seen last
  const asked = new Map(); // the pair -> when it was seen last
  const accompanied = new Map(); // ticket -> when it was seen last beside another

  // A ticket's address and its bare code are one ticket.
  const ticketIn = (text) => (typeof codes === "undefined" ? text.trim().toUpperCase() : codes.fold(codes.clean(text)));
  const isRecent = (times, key, now, span) => now - (times.get(key) ?? -Infinity) < span;

  // Somebody writes in a form, chooses in the menu or is asked something: what they do must not vanish under a verdict.
  // The camera waits; a ticket that is still held up afterwards is scanned then, unless it is the one from before.
  const isTaken = () => Boolean(document.querySelector("dialog[open], #menu[open]")) || panel.isAsking();

  const see = (texts, now) => {
    if (!texts.length) return;
    const tickets = new Map(texts.map((text) => [ticketIn(text), text.replaceAll("\0", "\ufffd")]));
    const [ticket] = tickets.keys();
    if (isTaken()) {
      for (const one of tickets.keys()) if (isRecent(scanned, one, now, FORGET)) scanned.set(one, now);
    } else if (tickets.size > 1) seeTogether(tickets, now);
    else if (isRecent(scanned, ticket, now, FORGET)) scanned.set(ticket, now);
    else if (!isRecent(accompanied, ticket, now, ALONE)) scan(ticket, tickets.get(ticket), now);
  };

  const scan = (ticket, text, now) => {
    forget(now);
    scanned.set(ticket, now);
    search.cancel();
    queue.scan(text, "camera");
  };

  const seeTogether = (tickets, now) => {
    const pair = [...tickets.keys()].sort().join("\n");
    const isNew = !isRecent(asked, pair, now, FORGET) && ![...tickets.keys()].every((one) => isRecent(scanned, one, now, FORGET));
    asked.set(pair, now);
    for (const ticket of tickets.keys()) {
      accompanied.set(ticket, now);
      if (isRecent(scanned, ticket, now, FORGET)) scanned.set(ticket, now);
    }
    if (isNew) ask([...tickets.values()]);
  };

  const ask = (texts) => {
    const question = document.getElementById("choose-panel").content.cloneNode(true);
    const first = question.querySelector("li");
    for (const text of texts) {
      const item = first.cloneNode(true);
      item.querySelector("button").dataset.code = text;
      item.querySelector("bdi").textContent = shown(text);
      first.before(item);
    }
    first.remove();
    const holder = document.createElement("div");
    holder.append(question);
    search.cancel();
    panel.announce(holder.innerHTML);
  };

  // The code in a ticket's address; of anything else as much as fits.
  const shown = (text) => {
    const code = /\/t\/([^/?#]+)\/?$/i.exec(text)?.[1] ?? text;
    return code.length > 64 ? `${code.slice(0, 63)}…` : code;
  };

  // The tapped one of two counts as scanned, so that it is not scanned again while it is held up.
  document.addEventListener("click", (event) => {
    const tapped = event.target.closest('[data-code][data-method="camera"]');
    if (tapped) scanned.set(ticketIn(tapped.dataset.code), performance.now());
  });

  const forget = (now) => {
    for (const times of [scanned, asked, accompanied]) {
      for (const key of times.keys()) if (!isRecent(times, key, now, FORGET)) times.delete(key);
    }
  };

  return { see };
})();
