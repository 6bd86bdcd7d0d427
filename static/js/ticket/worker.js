// The service worker of one's own ticket: when the network does not answer, or the server is in trouble, the page as
// `keep.js` kept it. It keeps nothing by itself, and its scope is the ticket's address.
"use strict";

const KEPT = "lanyard-ticket ";
const PATIENCE = 5000; // ms: a venue's Wi-Fi that says nothing is no network

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function kept(request) {
  const mine = (await caches.keys()).filter((name) => name === KEPT + new URL(self.registration.scope).pathname);
  for (const name of mine) {
    const found = await (await caches.open(name)).match(request, { ignoreVary: true });
    if (found) return found;
  }
  return null;
}

async function answer(event) {
  const isPage = event.request.mode === "navigate";
  const signal = isPage ? AbortSignal.timeout(PATIENCE) : undefined;
  const said = await fetch(event.request, signal ? { signal } : undefined).catch((error) => ({ error }));
  if (!said.error && !(isPage && said.status >= 500)) return said;
  const found = await kept(event.request);
  if (found && isPage) self.clients.get(event.resultingClientId).then((client) => client?.postMessage("kept"));
  if (!found && said.error) throw said.error;
  return found ?? said;
}

self.addEventListener("fetch", (event) => {
  const isOurs = new URL(event.request.url).origin === self.location.origin;
  if (event.request.method === "GET" && isOurs) event.respondWith(answer(event));
});
