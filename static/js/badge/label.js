// The page of one label prints itself, once: a reload shows it and prints nothing, because only the first was recorded.
"use strict";

(async () => {
  const key = `badge-printed:${document.body.dataset.request}`;
  try {
    if (sessionStorage.getItem(key)) return;
    sessionStorage.setItem(key, "1");
  } catch {
    // Storage is off: it prints at every load.
  }
  await document.querySelector("#label img").decode();
  print();
})();
