// Puts the parts together when the page starts: who is here, the list, what waits, the strip, and the service worker.
"use strict";

(async () => {
  const { here } = place;
  const isKnown = await place.start();
  if (!isKnown) return shell.close();
  if (here.isShell) {
    net.lost();
    shell.start();
  }
  if (here.tablet) who.start();
  await roster.load();
  strip.start();
  await queue.start();
  if (!(await store.unsent().then(() => true, () => false))) strip.warn();
  if (here.urls.sync) sync.start();

  // A tablet that runs out of space should rather drop another site's pictures.
  navigator.storage?.persist?.().catch(() => {});
  // No service workers on plain http: then a reload without the network fails, and all else works.
  // Where it could not be fetched or installed, as on a bad network, once more: without it nothing opens here without the
  // network.
  const install = async () => {
    const made = await navigator.serviceWorker.register(here.urls.worker, { updateViaCache: "none" }).catch(() => null);
    if (!made?.active) setTimeout(install, 10_000);
  };
  if (navigator.serviceWorker) install();
  return undefined;
})();

// A page that comes back from the browser's memory may be anybody's and any age.
window.addEventListener("pageshow", (event) => event.persisted && location.reload());
