// What a shared device must not keep of whoever was here: the list of people, who and where it is, the page and its files.
// Scans that wait have no names, and stay until the server has them.
"use strict";

const forget = async () => {
  await store.wipe().catch(() => {});
  for (const name of (await globalThis.caches?.keys().catch(() => [])) ?? []) await caches.delete(name);
  for (const worker of (await navigator.serviceWorker?.getRegistrations().catch(() => [])) ?? []) await worker.unregister();
};
