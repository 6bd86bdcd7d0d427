// The line below the head of the page: whether the server is there, and if not, since when, how much waits, how old the
// list is, and what cannot be seen meanwhile; and beside it, always, how old the list is. The words stand in the page; here they get their numbers and times.
"use strict";

const strip = (() => {
  // A clock that is wrong by less disturbs nobody.
  const CLOCK_MS = 120_000;
  const LONGEST = 2 ** 31 - 1; // milliseconds: what a browser can wait for
  let hasStorage = true;
  let timer = 0;

  const plural = new Intl.PluralRules(document.documentElement.lang);

  const show = () => {
    const { here } = place;
    const isOffline = net.isOffline();
    const current = roster.current();
    const waiting = queue.unsent().length;
    const away = Math.abs(here.offset);
    const ends = Date.parse(current?.checkpoint.rehearsal_ends_at ?? "");
    const values = {
      waiting,
      since: isOffline ? place.time(here.since) : "",
      from: current ? place.time(Date.parse(current.from)) : "",
      badges: here.badges,
      conflicts: here.conflicts,
      invalid: here.invalid,
      refused: here.refused,
      clock: Math.round(away / 60_000),
      ends: ends ? place.time(ends) : "",
    };
    const isShown = {
      offline: isOffline && here.reason !== "signed_out",
      signed_out: here.reason === "signed_out",
      sending: !isOffline && queue.unsent().some((scan) => scan.verdict),
      storage: !hasStorage,
      badges: here.badges > 0,
      conflicts: here.conflicts > 0,
      invalid: here.invalid > 0,
      refused: here.refused > 0,
      fast: away > CLOCK_MS && here.offset < 0,
      slow: away > CLOCK_MS && here.offset > 0,
      rehearsal: current ? decide.isRehearsal(current.checkpoint, place.now()) : undefined,
    };
    // It ends by itself, also while nothing else happens here.
    clearTimeout(timer);
    if (isShown.rehearsal && ends) timer = setTimeout(show, Math.min(ends - place.now() + 50, LONGEST));
    for (const line of document.querySelectorAll("#strips [data-strip]")) {
      if (isShown[line.dataset.strip] === undefined) continue; // as the server wrote it
      for (const part of line.querySelectorAll("[data-ends]")) part.hidden = !ends;
      for (const part of line.querySelectorAll("[data-list]")) part.hidden = (part.dataset.list === "yes") !== Boolean(current);
      for (const part of line.querySelectorAll("[data-plural]")) part.hidden = part.dataset.plural !== pluralOf(values[part.dataset.of], line);
      // Only what changed is written, so that only that is read out.
      for (const slot of line.querySelectorAll("[data-slot]")) write(slot, values[slot.dataset.slot]);
      line.hidden = !isShown[line.dataset.strip];
    }
    const age = document.getElementById("list-age");
    age.hidden = !current;
    write(age.querySelector("time"), values.from);
    document.getElementById("online").hidden = isOffline;
    // Others let people in meanwhile; and a start without the network has no number at all.
    document.getElementById("count").hidden = isOffline || here.isShell;
    document.getElementById("offline").hidden = !isOffline;
  };

  const pluralOf = (number, line) => {
    if (number === 0 && line.querySelector("[data-plural=none]")) return "none";
    return plural.select(number) === "one" ? "one" : "other";
  };

  const write = (slot, value) => {
    if (slot.textContent !== String(value)) slot.textContent = value;
  };

  const start = () => {
    for (const name of ["network", "queue", "list"]) document.addEventListener(`checkin:${name}`, show);
    // Times get a day in front when the day is over.
    document.addEventListener("visibilitychange", show);
    show();
  };

  document.addEventListener("click", (event) => {
    const seen = event.target.closest("[data-seen]");
    if (seen) place.change({ [seen.dataset.seen]: 0 }).then(show);
  });

  // Nothing can be kept here: said once and for all.
  const warn = () => {
    hasStorage = false;
    show();
  };

  return { start, warn, show };
})();
