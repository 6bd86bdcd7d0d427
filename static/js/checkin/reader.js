// The page's side of the worker that reads codes (decoder.js): one picture under way at a time, and a new worker when
// one has died or does not answer.
"use strict";

const reader = (() => {
  const PATIENCE = 5000; // milliseconds; a picture takes some tens of them
  const WITHIN = 30_000; // 333 kB over bad Wi-Fi; then it is said, and a tap tries again
  let parts = null; // the addresses of worker, library and WebAssembly
  let bytes = null;
  let loading = null;
  let worker = null;
  let isWaiting = false;

  class ReaderError extends Error {
    constructor(reason) {
      super(reason);
      this.reason = reason;
    }
  }

  // Resolves when pictures can be read. Rejects with `reason`: "unloaded" (network) or "unreadable" (this browser).
  // The addresses stay known; who asks again need not give them.
  const load = (addresses = parts) => {
    parts = addresses;
    loading ??= begin().catch((error) => {
      loading = null;
      throw error;
    });
    return loading;
  };

  const begin = async () => {
    if (!window.WebAssembly || !window.OffscreenCanvas) throw new ReaderError("unreadable");
    // Fetched here and not in the worker: a worker's own requests pass by the service worker in some browsers.
    bytes ??= await fetchBytes(parts.wasm);
    const started = new Worker(parts.decoder);
    const answer = await ask(started, { library: parts.library, wasm: bytes });
    if (answer?.isReady) {
      worker = started;
      return;
    }
    started.terminate();
    throw new ReaderError(answer === null ? "unloaded" : "unreadable");
  };

  const fetchBytes = async (address) => {
    try {
      const response = await fetch(address, { signal: AbortSignal.timeout(WITHIN) });
      if (!response.ok) throw new Error(String(response.status));
      return await response.arrayBuffer();
    } catch {
      throw new ReaderError("unloaded");
    }
  };

  // The worker's next message, or null when it died or has nothing to say.
  const ask = (asked, message, transferred = []) =>
    new Promise((resolve) => {
      const patience = setTimeout(() => resolve(null), transferred.length ? PATIENCE : 4 * PATIENCE);
      asked.onmessage = ({ data }) => {
        clearTimeout(patience);
        resolve(data);
      };
      asked.onerror = (event) => {
        event.preventDefault();
        clearTimeout(patience);
        resolve(null);
      };
      asked.postMessage(message, transferred);
    });

  // The texts of the codes in the picture that the video shows now, or null when it could not be looked at.
  const read = async (video) => {
    if (isWaiting || !worker) return null;
    isWaiting = true;
    try {
      const frame = await createImageBitmap(video);
      const answer = await ask(worker, { frame }, [frame]);
      if (answer?.texts) return answer.texts;
      worker.terminate();
      worker = loading = null;
      await load();
      return null;
    } catch {
      return null; // no picture yet, or a reader that does not come back: the next call tries again
    } finally {
      isWaiting = false;
    }
  };

  return { load, read, isBusy: () => isWaiting };
})();
