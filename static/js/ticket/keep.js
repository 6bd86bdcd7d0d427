// Keeps one's own ticket on the device, for a door without a network, when its owner says so. The copy is brought up to date
// whenever the page is opened with a network, goes with the ticket, and goes at sign-out (checkin/forget.js drops all that is kept).
"use strict";

const WITHIN = 60_000; // ms: nobody waits for it but who has just asked for it

document.addEventListener("DOMContentLoaded", async () => {
  const keep = document.getElementById("keep");
  if (!keep || !navigator.serviceWorker || !window.caches) return;
  const scope = location.pathname;
  const name = `lanyard-ticket ${scope}`;
  const [add, drop, install] = ["add", "drop", "install"].map((part) => document.getElementById(`keep-${part}`));
  let prompt = null;

  const show = (state) => {
    keep.hidden = false;
    add.hidden = state === "kept";
    drop.hidden = state !== "kept";
    install.hidden = !prompt || state !== "kept";
    for (const words of keep.querySelectorAll("[data-when]")) words.hidden = words.dataset.when !== state;
  };

  // The page, and all it was made of; together, or nothing. Who is not signed in any more gets the page of the sign-in,
  // which must not take the place of a ticket.
  const store = async () => {
    const page = await fetch(scope, { cache: "no-store", signal: AbortSignal.timeout(WITHIN) });
    if (!page.ok || page.redirected) {
      await page.body?.cancel();
      throw new Error("no ticket");
    }
    const parts = performance.getEntriesByType("resource").map((entry) => new URL(entry.name));
    const own = ["/static/", ...["accent.css", "logo/"].map((part) => `/conferences/${keep.dataset.slug}/${part}`)];
    const files = parts.filter((url) => url.origin === location.origin && own.some((start) => url.pathname.startsWith(start)));
    const cache = await caches.open(name);
    await cache.addAll([...new Set(files.map((url) => url.href))]);
    await cache.put(scope, page);
    await navigator.serviceWorker.register(keep.dataset.worker, { scope, updateViaCache: "none" });
    await navigator.serviceWorker.ready;
  };

  const forget = async () => {
    await caches.delete(name);
    await (await navigator.serviceWorker.getRegistration(scope))?.unregister();
  };

  navigator.serviceWorker.addEventListener("message", (event) => {
    if (event.data === "kept") document.getElementById("keep-offline").hidden = false;
  });
  navigator.serviceWorker.startMessages();
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    prompt = event;
    if (!drop.hidden) install.hidden = false;
  });
  install.addEventListener("click", () => prompt?.prompt());
  add.addEventListener("click", async () => {
    add.disabled = true;
    try {
      await store();
      show("kept");
      drop.focus();
    } catch {
      await forget();
      show("failed");
    }
    add.disabled = false;
  });
  drop.addEventListener("click", async () => {
    await forget();
    show("none");
    add.focus();
  });

  if (keep.dataset.void !== undefined) {
    await forget();
    return;
  }
  const isKept = await caches.has(name);
  show(isKept ? "kept" : "none");
  if (isKept && navigator.onLine) store().catch(() => {});
});
