// Sends what waits and fetches what has changed, by itself: at once when the network comes back and when the page is looked
// at again, after a scan without the server, and every half minute. The server knows a scan by its id, so nothing here can be done
// twice; of several tabs one sends at a time.
"use strict";

const sync = (() => {
  const EVERY = 30_000;
  const BACK_OFF = [2_000, 30_000]; // the first pause after a failure, doubled each time, and the longest
  const BETWEEN = 1_500; // scans without the server ask for it no more often than this
  const MOST = 200; // scans in a batch
  const WITHIN = 15_000;
  const WHOLE_WITHIN = 60_000; // 100,000 people over bad Wi-Fi
  // A tab that lives decides within seconds; what is older was left behind by one that was killed.
  const LEFT_BEHIND = 60_000;
  let timer = 0;
  let running = null;
  let isWanted = false; // something happened while it ran: what failed then may do now
  let failures = 0;
  let triedAt = 0;
  let most = MOST;
  let isOver = false;

  const jitter = (pause) => pause * (0.75 + Math.random() / 2);

  // --- When -------------------------------------------------------------------------------------------------------
  // Resolves when all is sent and the list is fresh, or when that failed. Calls while it runs share the run.
  const now = () => {
    clearTimeout(timer);
    if (isOver) return Promise.resolve();
    running ??= run().finally(() => (running = null));
    return running;
  };

  const atOnce = () => {
    isWanted = running !== null;
    now();
  };

  const soon = () => {
    if (running || isOver) return;
    clearTimeout(timer);
    timer = setTimeout(now, Math.max(0, triedAt + BETWEEN - Date.now()));
  };

  const run = async () => {
    triedAt = Date.now();
    try {
      await inOneTab(attempt);
    } catch {
      net.lost();
    }
    triedAt = Date.now();
    failures = net.isOffline() ? failures + 1 : 0;
    clearTimeout(timer);
    if (!isOver) timer = setTimeout(now, pause());
    isWanted = false;
  };

  const pause = () => {
    if (!failures) return jitter(EVERY);
    return isWanted ? 0 : Math.min(BACK_OFF[1], jitter(BACK_OFF[0] * 2 ** (failures - 1)));
  };

  const inOneTab = (work) => {
    if (!navigator.locks) return work(true);
    return navigator.locks.request(`lanyard-sync:${place.here.slug}`, { ifAvailable: true }, (lock) => work(lock !== null));
  };

  // --- What -------------------------------------------------------------------------------------------------------
  const attempt = async (maySend) => {
    const asked = Date.now();
    const said = await net.renew(WITHIN);
    if (net.isRefusal(said)) return refused(said);
    if (said !== "ok") return net.lost(said === "none" ? "network" : said);
    const isQuick = Date.now() - asked < place.here.answerWithin;
    await queue.refresh();
    const isListed = maySend ? await sendAll() : false;
    if (queue.isWaiting()) queue.send();
    if (isListed === null || !(isListed || (await fetchList()))) return undefined;
    // What was decided here and is not sent yet the server does not know: so long this tablet goes on by itself.
    if (!isQuick || queue.hasDecided()) return net.lost();
    return net.found();
  };

  // This tablet, or who is at it, may not be here any more. The list goes at once; what waits is for the server's own page,
  // which says what happened (handover.js).
  const refused = async (why) => {
    net.lost(why);
    await roster.drop();
    location.reload();
  };

  const sendable = () => queue.unsent().filter((scan) => scan.verdict || isLeftBehind(scan));
  const isLeftBehind = (scan) => scan.tab !== queue.tab() && Math.abs(Date.now() - Date.parse(scan.at)) > LEFT_BEHIND;

  // Whether the list came with the last answer; null when something went wrong. One request also when nothing waits: it
  // tells the server how this tablet is.
  const sendAll = async () => {
    for (;;) {
      const isListed = await sendBatch(sendable().slice(0, most));
      if (isListed === null || !sendable().some((scan) => !queue.isPassedOver(scan))) return isListed;
    }
  };

  const sendBatch = async (scans) => {
    const asked = Date.now();
    const body = JSON.stringify(await batchOf(scans));
    const response = await net.post(place.here.urls.sync, body, { "Content-Type": "application/json" }, WITHIN);
    const said = response && (await net.json(response));
    const came = Date.now();
    const results = (said?.results ?? []).filter((result) => isDealtWith(result) && scans.some((scan) => scan.id === result.id));
    await settle(scans, results);
    // Too many, or one that cannot be read: fewer at once, so that the others go through.
    if (response?.status === 413 || response?.status === 400) most = Math.max(1, Math.floor(most / 2));
    if (response?.status === 401) net.lost("signed_out");
    if (net.isRefusal(said?.error)) await refused(said.error);
    const isUseless = !response?.ok || (scans.length > 0 && !results.length && !scans.every(queue.isPassedOver));
    if (response?.ok) queue.passOver(scans.filter((scan) => !results.some((result) => result.id === scan.id)));
    if (isUseless && !net.isRefusal(said?.error) && response?.status !== 401) net.lost();
    if (isUseless) return null;
    most = MOST;
    place.setClock(said.server_now, asked, came);
    return take(said.roster, [...sentBefore(asked), ...results.map((result) => result.id)]);
  };

  const batchOf = async (scans) => ({
    tablet: place.here.tablet,
    now: new Date().toISOString(),
    checkpoint: place.here.checkpoint,
    cursor: roster.current()?.cursor ?? null,
    list_from: roster.current()?.from ?? null,
    waiting: queue.unsent().length,
    by: place.by(),
    battery: await battery(),
    scans: scans.map(store.told),
  });

  // What cannot be recorded is kept for the organisers; where there is no room for it, it stays here.
  const isDealtWith = ({ verdict, kept }) => verdict !== "rejected" || kept;

  // Only what the server answered leaves the queue. An admission stays known until the list knows it.
  const settle = async (scans, results) => {
    const kept = new Map();
    const gone = [];
    for (const { id, verdict, undone, conflict, attendee, rehearsal: practised } of results) {
      const scan = scans.find((one) => one.id === id);
      if (verdict === "admitted" && !undone && !practised) kept.set(id, attendee?.code ?? scan.person);
      else gone.push(id);
      const tell = verdict === "rejected" ? "refused" : verdict === "already_admitted" ? "conflicts" : "invalid";
      if (conflict || tell === "refused") place.change({ [tell]: place.here[tell] + 1 });
    }
    for (const [id, person] of kept) await store.changeScans([id], { isSent: true, sentAt: Date.now(), verdict: "admitted", person });
    if (gone.length) await store.removeScans(gone);
    if (results.length) await queue.refresh();
  };

  // --- The list ---------------------------------------------------------------------------------------------------
  const sentBefore = (moment) => queue.sent().filter((scan) => scan.sentAt < moment).map((scan) => scan.id);

  const fetchList = async () => {
    const asked = Date.now();
    const cursor = roster.current()?.cursor;
    const url = new URL(place.here.urls.roster, location.href);
    url.search = new URLSearchParams({ checkpoint: place.here.checkpoint, ...(cursor ? { cursor } : {}) });
    const response = await net.ask(url, { headers: { Accept: "application/json" } }, cursor ? WITHIN : WHOLE_WITHIN);
    const answer = response?.ok ? await net.json(response) : null;
    // The checkpoint is no more; the server's page knows another.
    if (response?.status === 404) return location.assign(place.here.urls.page);
    if (!answer) net.lost(response?.status === 401 ? "signed_out" : "network");
    return answer !== null && take(answer, sentBefore(asked));
  };

  const take = (answer, ids) => {
    if (!answer) return false;
    try {
      roster.take(answer, ids);
    } catch {
      if (roster.current()) roster.current().cursor = null; // does not fit: ask for the whole
      return false;
    }
    queue.forget(ids);
    return true;
  };

  const stop = () => {
    clearTimeout(timer);
    isOver = true;
  };

  const start = () => {
    for (const name of ["online", "pageshow"]) window.addEventListener(name, atOnce);
    window.addEventListener("offline", soon);
    document.addEventListener("visibilitychange", () => document.hidden || atOnce());
    document.addEventListener("checkin:try", soon);
    now();
  };

  return { start, stop, now };
})();
