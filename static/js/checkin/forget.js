// What a shared device must not keep of whoever was here: the list of people, who and where it is, the page and its files.
// Scans that wait have no names, and stay until the server has them.
"use strict";

// Caches whose name begins with `keeps` stay, and with them the service worker, which has nothing else any more.
const forget = async (keeps) => {
  await store.wipe().catch(() => {});
  for (const name of (await globalThis.caches?.keys().catch(() => [])) ?? []) if (!keeps || !name.startsWith(keeps)) await caches.delete(name);
  if (keeps) return;
  for (const worker of (await navigator.serviceWorker?.getRegistrations().catch(() => [])) ?? []) await worker.unregister();
};
