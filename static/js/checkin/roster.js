// The list of this tablet's checkpoint: loaded when the page starts, kept up by what the server says has changed, written
// back when there is time. What is in memory is always newer than what is stored, and both say how old they are.
"use strict";

const roster = (() => {
  const WRITE_AFTER = 3_000;
  // A list is of no use after the event, and should not lie about in a drawer.
  const DAYS_KEPT = 3;
  let current = null;
  let timer = 0;
  let hasChanged = false;
  let known = []; // ids of scans that the list in memory knows of; they may go when it is stored

  const key = () => `${place.here.slug}/${place.here.checkpoint}`;

  const load = async () => {
    await dropOld();
    const stored = await store.readList(key()).catch(() => null);
    current = list.use(stored && list.make(stored));
  };

  const dropOld = async () => {
    const all = await store.lists().catch(() => []);
    const old = all.filter(({ ends }) => isOld(ends));
    if (old.length) await store.dropLists(old.map((one) => one.key)).catch(() => {});
  };
  const isOld = (ends) => Date.parse(ends) + (DAYS_KEPT + 1) * 86_400_000 < place.now();

  // An answer of the server, which knows the scans of these ids. Throws when it does not fit to this list.
  const take = (answer, ids) => {
    if (answer.checkpoint.id !== place.here.checkpoint) return;
    if (answer.complete) current = list.use(list.make({ ...answer, from: answer.server_now }));
    hasChanged = answer.complete || current.apply(answer) || hasChanged;
    known.push(...ids);
    document.dispatchEvent(new Event("checkin:list"));
    timer ||= setTimeout(write, WRITE_AFTER);
  };

  const write = async () => {
    clearTimeout(timer);
    timer = 0;
    if (!current) return;
    const { cursor, checkpoint, columns, from } = current;
    const { slug, owner, ends } = place.here;
    const text = hasChanged ? JSON.stringify(current.people()) : undefined;
    const ids = known;
    [hasChanged, known] = [false, []];
    try {
      // Whoever looks in once more long after the event has a list while the page is open, and leaves none behind.
      if (isOld(ends)) await store.dropLists([key()]);
      else await store.writeList({ key: key(), slug, owner, ends, cursor, checkpoint, columns, from }, text);
      await store.removeScans(ids);
    } catch {
      // Full, away for a moment, or another tab has stored a newer one: the next answer tries again.
      [hasChanged, known] = [hasChanged || text !== undefined, [...ids, ...known]];
    }
  };

  // The whole conference's, of every checkpoint: this tablet may not have them any more.
  const drop = async () => {
    forget();
    const all = await store.lists().catch(() => []);
    await store.dropLists(all.filter(({ slug }) => slug === place.here.slug).map((one) => one.key)).catch(() => {});
    document.dispatchEvent(new Event("checkin:list"));
  };

  const forget = () => (current = list.use(null));

  document.addEventListener("visibilitychange", () => (document.hidden ? timer && write() : dropOld()));

  return { load, take, write, drop, forget, current: () => current };
})();
