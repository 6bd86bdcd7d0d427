// What this tablet says of a ticket by itself: the same reasons in the same order as on the server (`decide` in
// registration/checkin/admission.py). Pure: it reads no clock, no page and no storage.
"use strict";

const decide = (() => {
  // What the list says of a ticket for good. The others depend on the time and on who came in since.
  const CHANGES = new Set(["ok", "not_open", "already_admitted"]);
  const formats = new Map();

  // The calendar day of `moment` (milliseconds) in the conference's own zone.
  const dayOf = (moment, zone) => {
    if (!formats.has(zone)) {
      formats.set(zone, new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }));
    }
    return formats.get(zone).format(moment);
  };

  // A scan of `moment` at this checkpoint counts for nothing (`Checkpoint.is_rehearsing`).
  const isRehearsal = ({ rehearsal, rehearsal_ends_at: ends }, moment) => Boolean(rehearsal) && !(ends && moment >= Date.parse(ends));

  // `row` is the person's on the list, or null; `own` when (in milliseconds) this tablet let the person in here without
  // the list knowing it yet. `first` is the admission that stands in the way.
  const decide = (row, checkpoint, own, now) => {
    if (!row) return { verdict: "unknown", first: null };
    if (!CHANGES.has(row.status)) return { verdict: row.status, first: null };
    const isEarly = checkpoint.opens_at && now < Date.parse(checkpoint.opens_at);
    const isLate = checkpoint.closes_at && now >= Date.parse(checkpoint.closes_at);
    if (isEarly || isLate) return { verdict: "not_open", first: null };
    if (isRehearsal(checkpoint, now) || checkpoint.entry === "unlimited" || row.left === null) return { verdict: "admitted", first: null };

    const isDaily = checkpoint.entry === "daily";
    const isToday = (moment) => !isDaily || dayOf(moment, checkpoint.timezone) === dayOf(now, checkpoint.timezone);
    const used = row.used_at ? [Date.parse(row.used_at)] : [];
    const entries = [...used, ...own].filter(isToday);
    // A list of yesterday says how many were left yesterday; a new day brings at least one.
    const left = isDaily && used.length && !isToday(used[0]) ? Math.max(row.left, 1) : row.left;
    const rest = left - own.filter(isToday).length;
    if (rest > 0) return { verdict: "admitted", first: null, left: rest - 1 };
    // Of pieces the last one is told of.
    const told = checkpoint.hands_out ? Math.max : Math.min;
    return { verdict: "already_admitted", first: entries.length ? told(...entries) : null };
  };

  return Object.assign(decide, { dayOf, isRehearsal });
})();
