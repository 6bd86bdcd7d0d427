// Scans and undos on their way to the server: one at a time, in the order they were made, none lost.
//
// A scan gets its id here, once, and keeps it however often it is sent; so the server knows a repetition as one. It is on
// the disk (`store`) before anything green is shown. With the server it is asked for the verdict; without, `decide` gives
// it from the list, and `sync` sends the scan when the server is back.
"use strict";

const queue = (() => {
  // An undo or a form needs the server; one whose database is locked answers within 20 s, and sending it again is safe.
  const POST_WITHIN = 10_000;
  const LONGEST = 1_200; // characters of a code: the server reads no more
  const waiting = []; // made in this tab, neither answered nor decided yet
  const mine = new Map(); // id -> scan of this conference, of all tabs, that the server or the list does not know yet
  const channel = new BroadcastChannel("lanyard-checkin");
  let isSending = false;
  let over = null; // what is done with a scan where nobody is here, or not any more
  let stuck = null; // why the first of `waiting` goes no further: "undecided", "unstored" or "unsent"

  const words = () => document.getElementById("words").dataset;

  // Says which tab made a scan, also after it was loaded anew.
  const tab = () => {
    try {
      return (sessionStorage.tab ??= ids.make());
    } catch {
      return "";
    }
  };

  // --- What this tablet knows beyond the list --------------------------------------------------------------------
  const learn = (scan) => {
    mine.set(scan.id, scan);
    channel.postMessage(scan);
    tell();
  };
  const forget = (ids) => {
    for (const id of ids) mine.delete(id);
    channel.postMessage(null);
    tell();
  };
  const remove = (id) => (forget([id]), store.removeScans([id]).catch(() => {}));
  // Other tabs write there too. What this one learned while it was read is newer than what was read.
  const refresh = async () => {
    const before = [...mine.keys()];
    const stored = await store.scans(place.here.slug).catch(() => null);
    if (!stored) return;
    const ids = new Set(stored.map((scan) => scan.id));
    for (const id of before) if (!ids.has(id)) mine.delete(id);
    for (const scan of stored) if (scan.isSent || scan.verdict || !mine.has(scan.id)) mine.set(scan.id, scan);
    tell();
  };
  const tell = () => document.dispatchEvent(new Event("checkin:queue"));
  channel.onmessage = ({ data }) => {
    if (!data) refresh().then(() => net.isOffline() && document.dispatchEvent(new Event("checkin:try")));
    else if (data.slug === place.here.slug) (mine.set(data.id, data), tell());
  };

  const unsent = () => [...mine.values()].filter((scan) => !scan.isSent);
  const sent = () => [...mine.values()].filter((scan) => scan.isSent);

  // What the server's answers left out again and again, by a fault of its own, is still sent with every batch, but must
  // not keep this tablet from asking the server about everybody else.
  const PATIENCE = 3;
  const passedOver = new Map();
  const passOver = (scans) => scans.forEach(({ id }) => passedOver.set(id, (passedOver.get(id) ?? 0) + 1));
  const isPassedOver = ({ id }) => (passedOver.get(id) ?? 0) >= PATIENCE;
  const hasDecided = () => unsent().some((one) => one.verdict && !isPassedOver(one));

  // While something decided here waits, the server does not know whom we let in: what it would say is not the truth.
  const decidesHere = () => hasList() && (net.isOffline() || hasDecided());
  const hasList = () => roster.current() !== null && !net.isRefused();

  const ownEntries = (person) =>
    [...mine.values()]
      .filter((scan) => scan.verdict === "admitted" && !scan.rehearsal && scan.person === person && scan.checkpoint === place.here.checkpoint)
      .map((scan) => scan.moment);

  // What a scan of this row now would find.
  const judge = (row, moment = place.now()) => decide(row, roster.current().checkpoint, row ? ownEntries(row.code) : [], moment);

  const look = ({ code, moment }) => {
    const row = roster.current().find(code);
    const practised = row ? null : rehearsal.practised(code, roster.current().checkpoint, moment);
    return practised ?? { row, decision: judge(row, moment) };
  };

  // --- A scan -----------------------------------------------------------------------------------------------------
  const scan = (code, method) => {
    if (over) return over();
    const last = waiting.at(-1);
    // The same code twice in a row while the first is under way is one press too many.
    if (last?.kind === "scan" && last.scan.code === code.slice(0, LONGEST)) return send();
    if (stuck === "unstored") giveUp(); // it was said not to be saved, and another person stands here now
    const made = makeScan(code, method);
    const isDecidedNow = decidesHere() && !waiting.length; // and stored with its verdict
    return release({ kind: "scan", scan: made, kept: isDecidedNow || !made.checkpoint ? null : keep(made) });
  };

  // The shell does not know it in its first moments.
  const where = () => ({ checkpoint: place.here.checkpoint, place: place.called(), moment: place.now(), offset: place.offset(), by: place.by() });

  const makeScan = (code, method) => ({
    id: ids.make(), slug: place.here.slug, ...where(), code: code.slice(0, LONGEST), method, at: new Date().toISOString(), tab: tab(),
    verdict: null, person: null, rehearsal: null, isSent: false,
  });

  // One that is to wait, for `held`: on the disk from now on, and looked up when it is released.
  const hold = (code, method) => {
    const made = { ...makeScan(code, method), isHeld: true };
    return { kind: "scan", scan: made, kept: keep(made) };
  };
  const release = (item) => {
    waiting.push(item);
    return send();
  };

  const keep = (made) => store.addScan(made).then(() => (learn(made), true), () => false);

  // Null when dealt with, else why it is stuck.
  const settle = async (item) => {
    const { scan: made } = item;
    await ready;
    if (item.isForgotten) return null;
    if (!made.checkpoint) Object.assign(made, where());
    if (!item.kept && (!decidesHere() || item.isAsked)) item.kept = keep(made);
    const isKept = await item.kept; // null where it was not tried
    if (isKept === false) item.kept = null; // the next try may find room
    if (isKept === false && !item.isAsked) return "unstored";
    if (!decidesHere() || item.isAsked) {
      const html = await answerTo(place.here.urls.scan, fieldsOf(made), place.here.answerWithin);
      if (html) {
        panel.announce(html);
        answered(made);
        return null;
      }
      if (!net.isOffline()) net.lost(); // else it is known why, such as signed out
      document.dispatchEvent(new Event("checkin:try"));
      if (item.isAsked) return "unstored";
    }
    if (item.isForgotten) return null;
    if (!hasList()) return "undecided";
    const { row, decision } = look(made);
    const isRehearsal = decide.isRehearsal(roster.current().checkpoint, made.moment);
    Object.assign(made, { verdict: decision.verdict, person: row?.code ?? null, rehearsal: isRehearsal });
    try {
      await (item.kept ? store.changeScans([made.id], made) : store.addScan(made));
    } catch {
      made.verdict = made.person = made.rehearsal = null;
      return "unstored";
    }
    learn(made);
    panel.announce(saved.panelOf(made, row, decision));
    document.dispatchEvent(new Event("checkin:try"));
    return null;
  };

  const fieldsOf = ({ id, code, checkpoint, method, by }) => ({ scan_id: id, code, checkpoint, method, by });

  // The server has it, and the panel says what it said. The list learns of an admission with the next answer to `sync`.
  const answered = (made) => {
    const { verdict, undone, rehearsal: practised } = panel.current().dataset;
    const row = verdict === "admitted" && undone === undefined && practised === undefined ? roster.current()?.find(made.code) : null;
    if (!row) return remove(made.id);
    Object.assign(made, { verdict, person: row.code, isSent: true, sentAt: Date.now() });
    learn(made);
    return store.changeScans([made.id], made).catch(() => {});
  };

  // --- One after the other ----------------------------------------------------------------------------------------
  const post = (url, fields, { isUndo = false } = {}) => {
    waiting.push({ kind: "post", url, fields: new URLSearchParams(fields), isUndo, from: panel.current() });
    return send();
  };

  const ask = async ({ url, fields, from }) => {
    const html = net.isOffline() && !(await isBack()) ? null : await answerTo(url, fields, POST_WITHIN);
    if (!html) return "unsent";
    panel.answer(html, from);
    if (panel.current().dataset.verdict === "undone") remove(fields.get("scan_id"));
    noteLetIn();
    document.dispatchEvent(new Event("checkin:try"));
    return null;
  };

  // Whom the server let in by a form: the list does not say so yet, and the network may go before it does.
  const noteLetIn = () => {
    for (const { dataset } of document.querySelectorAll("#result[data-let-in], #result [data-let-in]")) {
      const { slug, checkpoint } = place.here;
      const made = {
        id: dataset.scanId, slug, checkpoint, code: dataset.letIn, method: "typed", at: new Date().toISOString(),
        moment: place.now(), by: place.by(), tab: tab(), verdict: "admitted", person: dataset.letIn, isSent: true, sentAt: Date.now(),
      };
      learn(made);
      store.addScan(made).catch(() => {});
    }
  };
  const isBack = async () => (await net.renew()) === "ok";

  const send = async () => {
    if (isSending) return;
    isSending = true;
    stuck = null;
    try {
      while (waiting.length && !stuck) {
        const [item] = waiting;
        showBusy(true);
        const why = await (item.kind === "scan" ? settle(item) : ask(item));
        // One that was forgotten meanwhile is no longer here; the next in the queue is not to pay for it.
        if (waiting[0] === item) {
          stuck = why;
          if (why) showStuck(item);
          else waiting.shift();
        }
        showBusy(false);
      }
    } finally {
      isSending = false;
    }
    document.dispatchEvent(new Event("checkin:answered"));
  };

  // The fragment, or null when it is not known whether the server has it.
  const answerTo = async (url, fields, within) => {
    const response = await net.post(url, new URLSearchParams(fields), { "HX-Request": "true" }, within);
    if (response?.headers.get("HX-Redirect")) net.lost("signed_out");
    if (!response || response.headers.get("HX-Redirect")) return null;
    if (response.status === 403 || response.status === 404) {
      // A role or a tablet that is no more.
      const said = await net.renew();
      if (said !== "ok") net.lost(said === "none" ? "network" : said);
    }
    const html = await response.text().catch(() => "");
    return (response.ok || response.status === 422) && html.includes('id="result"') ? html : null;
  };

  const showStuck = (item) => {
    const name = { undecided: "saved", unstored: "stored", unsent: item.isUndo ? "undone" : "sent" }[stuck];
    const html = document.getElementById(`not-${name}-panel`).innerHTML;
    // Of an undo nothing was written that anybody would go back to; what is to be sent again is here.
    item.isUndo ? panel.answer(html, item.from) : panel.announce(html);
    const result = panel.current();
    result.dataset.scanId = item.scan?.id ?? item.fields.get("scan_id") ?? "";
    const slots = { code: item.scan?.code.slice(0, 64) ?? "", waiting: waiting.length > 1 ? `+${waiting.length - 1} ${words().waiting}` : "" };
    for (const slot of result.querySelectorAll("[data-slot]")) slot.textContent = slots[slot.dataset.slot];
    const isSignedOut = place.here.reason === "signed_out";
    for (const part of result.querySelectorAll("[data-signed-out]")) part.hidden = (part.dataset.signedOut === "yes") !== isSignedOut;
  };

  const showBusy = (isBusy) => {
    panel.current().setAttribute("aria-busy", String(isBusy));
    document.getElementById("sending").textContent = isBusy ? words().sending : "";
  };

  const giveUp = () => {
    const item = waiting.shift();
    if (!item?.scan) return;
    item.isForgotten = true;
    remove(item.scan.id);
  };
  const drop = () => {
    giveUp();
    stuck = null;
    return waiting.length ? send() : panel.ready();
  };

  // Somebody takes it upon them to go on without this tablet's storage: the server alone will have the scan.
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-ask-server]") || !waiting.length) return;
    event.preventDefault();
    waiting[0].isAsked = true;
    send();
  });

  // --- After a start ----------------------------------------------------------------------------------------------
  // Scans that this tab made and nobody has answered: they are taken up where they were left.
  const takeUp = async () => {
    await refresh();
    for (const made of mine.values()) {
      if (made.verdict || made.isSent || made.tab !== tab() || waiting.some((item) => item.scan?.id === made.id)) continue;
      const item = { kind: "scan", scan: made, kept: Promise.resolve(true) };
      made.isHeld ? held.add(item) : waiting.push(item);
    }
  };

  const stop = (act = () => {}) => {
    over = act;
    if (!place.here.checkpoint) while (waiting.length) giveUp();
    isReady();
  };
  let isReady;
  const ready = new Promise((resolve) => (isReady = resolve));
  const start = async () => {
    await takeUp();
    isReady();
    waiting.length ? send() : held.start();
  };

  return { scan, hold, release, post, send, drop, start, stop, refresh, forget, unsent, sent, hasDecided, passOver, isPassedOver, decidesHere, judge, tab, hasFailed: () => stuck !== null, isWaiting: () => waiting.length > 0 };
})();
