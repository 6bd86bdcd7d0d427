// How many are in, in the head of the page: asked for anew every few seconds while the server is there and somebody looks.
"use strict";

(() => {
  const EVERY = 10_000; // milliseconds

  const renew = async () => {
    if (document.hidden || net.isOffline()) return;
    const response = await net.ask(document.getElementById("count").dataset.count, { headers: { "HX-Request": "true" } }, EVERY);
    if (!response) document.dispatchEvent(new Event("checkin:try"));
    // A sign-in page is no count.
    if (response?.headers.get("HX-Redirect")) net.lost("signed_out");
    else if (response?.ok) show(await response.text().catch(() => ""));
  };

  const show = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("count");
    if (fresh) document.getElementById("count").replaceWith(fresh);
  };

  setInterval(renew, EVERY);
  document.addEventListener("checkin:network", renew);
})();
