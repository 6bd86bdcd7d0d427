// Search as you type: by the server, and without it in this tablet's list. Only the answer to what the field says now is
// shown; a scan in between makes it void.
"use strict";

const search = (() => {
  // A scanner gun has typed its whole code and pressed Enter within this time.
  const DELAY = 180;
  let timer = 0;
  let flight = null;

  const form = () => document.getElementById("find");
  const field = () => document.getElementById("q");
  const shortest = () => Number(form().dataset.shortest);

  const cancel = () => {
    clearTimeout(timer);
    flight?.abort();
    flight = null;
  };

  const soon = () => {
    cancel();
    if (codes.countLetters(field().value) < shortest()) {
      if (panel.current().dataset.verdict === "search") panel.ready();
      return;
    }
    timer = setTimeout(now, DELAY);
  };

  // Resolves to the hits' buttons, or null when there is no answer or it came too late.
  const now = async () => {
    cancel();
    const query = field().value.trim();
    if (!query) return null;
    if (isShown(query)) return hits();
    if (net.isOffline() && roster.current()) return showSaved(query);
    const mine = new AbortController();
    flight = mine;
    const timer = setTimeout(() => mine.abort(), place.here.answerWithin);
    const url = new URL(form().dataset.search, location.href);
    url.search = new URLSearchParams({ q: query, checkpoint: form().elements.checkpoint.value });
    try {
      const response = await fetch(url, { headers: { "HX-Request": "true" }, signal: mine.signal });
      const isSignedOut = response.headers.has("HX-Redirect");
      if (isSignedOut) net.lost("signed_out");
      const html = await response.text();
      if (flight !== mine || field().value.trim() !== query) return null;
      if (!response.ok || isSignedOut) return showSaved(query);
      panel.show(html);
      return hits();
    } catch {
      if (flight !== mine) return null;
      document.dispatchEvent(new Event("checkin:try"));
      return showSaved(query);
    } finally {
      clearTimeout(timer);
      if (flight === mine) flight = null;
    }
  };

  const showSaved = (query) => {
    if (!roster.current()) return null;
    const { hits: found, hasMore } = roster.current().search(query);
    const judged = found.map((row) => ({ row, decision: queue.judge(row) }));
    panel.show(saved.searchOf(query, { hits: judged, hasMore }, shortest()));
    return hits();
  };

  const hits = () => [...panel.current().querySelectorAll("[data-code]")];

  const isShown = (query) => {
    const { verdict, query: shown } = panel.current().dataset;
    return verdict === "search" && shown === query;
  };

  const close = () => {
    cancel();
    field().value = "";
    if (panel.current().dataset.verdict === "search") panel.ready();
  };

  return { soon, now, cancel, close, hits, isShown };
})();
