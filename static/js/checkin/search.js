// Search as you type. Only the answer to what the field says now is shown; a scan in between makes it void.
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
    if (field().value.trim().length < shortest()) {
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
    const mine = new AbortController();
    flight = mine;
    const url = new URL(form().dataset.search, location.href);
    url.search = new URLSearchParams({ q: query, checkpoint: form().elements.checkpoint.value });
    try {
      const response = await fetch(url, { headers: { "HX-Request": "true" }, signal: mine.signal });
      const elsewhere = response.headers.get("HX-Redirect");
      if (elsewhere) {
        location.assign(elsewhere);
        return null;
      }
      const html = await response.text();
      if (flight !== mine || !response.ok || field().value.trim() !== query) return null;
      panel.show(html);
      return hits();
    } catch {
      return null;
    } finally {
      if (flight === mine) flight = null;
    }
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
