// Scans and undos on their way to the server: one at a time, in the order they were made, none lost.
//
// A scan gets its id here, once, and keeps it however often it is sent; so the server knows a repetition as one. What has
// no answer yet is kept in the session storage (codes, no names), and survives a reload or a new sign-in.
"use strict";

const queue = (() => {
  const KEY = `checkin-unsent:${location.pathname}`;
  // A server whose database is locked answers within 20 s; sending again is safe, so staff need not wait that long.
  const TIMEOUT = 10_000;
  const waiting = [];
  let isSending = false;
  let hasFailed = false;

  const words = () => document.getElementById("words").dataset;
  const form = () => document.getElementById("find");

  const makeId = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    // Plain http on another host than this one: the browser offers random numbers only.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };

  const keep = () => {
    try {
      const scans = waiting.filter((item) => item.kind === "scan");
      if (scans.length) sessionStorage.setItem(KEY, JSON.stringify(scans));
      else sessionStorage.removeItem(KEY);
    } catch {
      // Storage is full or off: the scans wait in this page alone.
    }
  };

  const scan = (code, method) => {
    const last = waiting.at(-1);
    // The same code twice in a row while the first is under way is one press too many.
    if (last?.kind === "scan" && last.fields.code === code) return send();
    const fields = { code, method, scan_id: makeId(), checkpoint: form().elements.checkpoint.value };
    // Who is at a paired tablet; a scan of somebody signed in carries their account.
    if (typeof who !== "undefined") fields.by = who.name();
    waiting.push({ kind: "scan", url: form().action, fields });
    keep();
    return send();
  };

  const post = (url, fields) => {
    waiting.push({ kind: "other", url, fields });
    return send();
  };

  const send = async () => {
    if (isSending) return;
    isSending = true;
    hasFailed = false;
    try {
      while (waiting.length && !hasFailed) {
        showBusy(true);
        const html = await answerTo(waiting[0]);
        if (html === null) {
          hasFailed = true;
          showNotSaved(waiting[0]);
        } else {
          waiting.shift();
          keep();
          panel.announce(html);
        }
        showBusy(false);
      }
    } finally {
      isSending = false;
    }
    document.dispatchEvent(new Event("checkin:answered"));
  };

  // The fragment, or null when it is not known whether the server has it.
  const answerTo = async (item) => {
    try {
      const response = await fetch(item.url, {
        method: "POST",
        body: new URLSearchParams(item.fields),
        headers: { "HX-Request": "true", "X-CSRFToken": form().elements.csrfmiddlewaretoken.value },
        signal: AbortSignal.timeout(TIMEOUT),
      });
      const elsewhere = response.headers.get("HX-Redirect");
      if (elsewhere) {
        location.assign(elsewhere);
        return new Promise(() => {}); // the page is left; the scan stays stored
      }
      if (response.status === 403 || response.status === 404) {
        // Somebody signed in anew in another tab, or the role has changed: only a fresh page can tell.
        location.reload();
        return new Promise(() => {});
      }
      const html = await response.text();
      return (response.ok || response.status === 422) && html.includes('id="result"') ? html : null;
    } catch {
      return null;
    }
  };

  const showNotSaved = (item) => {
    panel.announce(document.getElementById("not-saved-panel").innerHTML);
    const result = panel.current();
    result.dataset.scanId = item.fields.scan_id;
    result.querySelector('[data-slot="code"]').textContent = item.kind === "scan" ? item.fields.code.slice(0, 64) : "";
    result.querySelector('[data-slot="waiting"]').textContent = waiting.length > 1 ? `+${waiting.length - 1} ${words().waiting}` : "";
  };

  const showBusy = (isBusy) => {
    panel.current().setAttribute("aria-busy", String(isBusy));
    document.getElementById("sending").textContent = isBusy ? words().sending : "";
  };

  const drop = () => {
    waiting.shift();
    keep();
    if (waiting.length) return send();
    hasFailed = false;
    panel.ready();
    return undefined;
  };

  document.addEventListener("DOMContentLoaded", () => {
    try {
      waiting.push(...JSON.parse(sessionStorage.getItem(KEY) ?? "[]"));
    } catch {
      sessionStorage.removeItem(KEY);
    }
    if (waiting.length) {
      hasFailed = true;
      showNotSaved(waiting[0]);
    }
  });

  return { scan, post, send, drop, hasFailed: () => hasFailed };
})();
