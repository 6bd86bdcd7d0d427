// The service worker of the check-in page: its shell and files, kept for when the server does not answer. It is never
// asked for anything else and keeps nothing else: no page of somebody signed in, no answer with a name in it.
//
// `precache` is set by the script that loads this one (registration/checkin/views_offline.py): {name, version, page,
// shell, files, static, answerWithin}. The version is the hash of all that is kept, so a deploy is a new worker with a cache of its own.
"use strict";

const PREFIX = `lanyard ${precache.name} `;
const CACHE = PREFIX + precache.version;
const MARK = "X-Lanyard-Shell";
// A page that is open since before a deploy may still load files of its own version, which are not among `files`.
const GENERATIONS = 2;
// Half a megabyte over bad Wi-Fi. An install that hangs would keep the next one waiting; it is begun again with the next load.
const INSTALLS_WITHIN = 120_000;

const fetchShell = async () => {
  const response = await fetch(precache.shell, { cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(INSTALLS_WITHIN) });
  // Anything else would be a login page, an error, or a page with somebody in it.
  if (!response.ok || response.redirected || response.headers.get(MARK) !== "1") throw new Error("no shell");
  return response;
};

// All or nothing: when one file is missing, as in the middle of a deploy, the worker before this one stays.
const install = async () => {
  const cache = await caches.open(CACHE);
  try {
    const signal = AbortSignal.timeout(INSTALLS_WITHIN);
    await cache.addAll(precache.files.map((file) => new Request(file, { cache: "no-cache", signal })));
    await cache.put(precache.shell, await fetchShell());
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
  await self.skipWaiting();
};

const activate = async () => {
  const ours = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(ours.slice(0, Math.max(0, ours.length - GENERATIONS + 1)).map((name) => caches.delete(name)));
  await self.clients.claim();
};

const kept = async (url) => {
  const ours = (await caches.keys()).filter((name) => name.startsWith(PREFIX)).reverse();
  for (const name of [CACHE, ...ours]) {
    // Not `open`, which would make anew what was deleted when somebody signed out.
    const response = await caches.match(url, { cacheName: name, ignoreVary: true });
    if (response) return response;
  }
  return undefined;
};

// The server's own answer when there is one in time, else the shell.
const page = async (event) => {
  const shell = await kept(precache.shell);
  const answer = fetch(event.request);
  if (!shell) return answer;
  const late = new Promise((resolve) => setTimeout(resolve, precache.answerWithin, null));
  const response = await Promise.race([answer.catch(() => null), late]);
  return response && response.status < 500 ? response : shell;
};

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && url.pathname === precache.page) event.respondWith(page(event));
  else if (url.pathname.startsWith(precache.static) || precache.files.includes(url.pathname)) event.respondWith(kept(url.pathname).then((response) => response ?? fetch(event.request)));
});
