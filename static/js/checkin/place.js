// Where and whose this tablet is, and what time it is there. The server's page says so (`data-setup`); the shell, which is
// the same page without any of that, takes it from what was stored when the server was last here.
"use strict";

const place = (() => {
  const setup = JSON.parse(document.getElementById("setup").dataset.setup);
  // What is stored beside the setup: since when the server is away, by how much our clock is off, what is to be told.
  const here = { ...setup, since: null, reason: null, offset: 0, conflicts: 0, invalid: 0, refused: 0, badges: 0 };
  const TOLD = ["offset", "conflicts", "invalid", "refused", "badges"];
  const CHOSEN = new URLSearchParams(location.search).get("checkpoint");

  const save = () => store.savePlace({ ...here, urls: undefined, isShell: undefined }).catch(() => {});

  // Resolves when the fields above are right. False where a shell knows nothing: nobody has signed in here.
  const start = async () => {
    const places = await store.places().catch(() => []);
    const stored = places.find(({ slug }) => slug === here.slug);
    if (!here.isShell) {
      const kept = [...places, ...(await store.lists().catch(() => []))];
      // Somebody else's list is not for whoever is here now. What waits to be sent has no names and stays.
      if (kept.some(({ owner }) => owner !== here.owner)) await store.wipe().catch(() => {});
      else if (stored) for (const name of TOLD) here[name] = stored[name] ?? 0;
      save();
      return true;
    }
    if (!stored) return false;
    Object.assign(here, { ...stored, urls: setup.urls, isShell: true, answerWithin: setup.answerWithin });
    if (here.checkpoints.some(({ id }) => String(id) === CHOSEN)) change({ checkpoint: Number(CHOSEN) });
    return true;
  };

  // The name of the checkpoint: of one that was deleted meanwhile, nobody else has it any more.
  const called = () => here.checkpoints.find(({ id }) => id === here.checkpoint)?.name ?? "";

  const change = (fields) => {
    Object.assign(here, fields);
    return save();
  };

  // --- The time ---------------------------------------------------------------------------------------------------------
  // By how much our clock is off the server tells, and that is true until somebody sets the clock: then it moves against the
  // one that counts for how long the page is open.
  const STEP = 5_000; // milliseconds
  let between = null; // our clock less that one; null while we are not sure

  const watch = () => {
    if (between === null) return;
    const step = Date.now() - performance.now() - between;
    if (Math.abs(step) < STEP) return;
    // After a sleep it looks as if the clock were set forward; that it was when it took just what was missing.
    const isSet = step < 0 || Math.abs(step - here.offset) < 60_000;
    between = isSet ? between + step : null;
    if (isSet) change({ offset: here.offset - step });
  };

  // Milliseconds by the server's clock, as far as it is known.
  const now = () => {
    watch();
    return Date.now() + here.offset;
  };
  // What is to be added to our clock now, or null when only the next answer of the server tells.
  const offset = () => {
    watch();
    return between === null ? null : here.offset;
  };

  // The server said `at` (ISO) in an answer to what was asked at `asked` and came at `came` by our clock.
  const setClock = (at, asked, came) => {
    between = Date.now() - performance.now();
    return change({ offset: Math.round(Date.parse(at) - (asked + came) / 2) });
  };

  // The time of the conference's clock, with its day when that is not today.
  const time = (moment) => {
    const isToday = decide.dayOf(moment, here.zone) === decide.dayOf(now(), here.zone);
    const day = isToday ? {} : { weekday: "short", day: "numeric", month: "short" };
    const shown = { ...day, hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: here.zone };
    return new Intl.DateTimeFormat(document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang, shown).format(moment);
  };

  // Who scans: the account's name, or on a paired tablet what was told today.
  const by = () => (here.tablet ? who.name() : here.by);

  return { here, start, change, called, now, offset, setClock, time, by };
})();
