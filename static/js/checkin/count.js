// How many are in, in the head of the page: asked for anew every few seconds while the server is there and somebody looks,
// and soon after what this tablet did itself, by which people tell whether it counts.
"use strict";

(() => {
  const EVERY = 10_000; // milliseconds
  const AFTER_OWN = 700; // counts once for several scans in a row: the server looks through everybody for it
  let asked = 0;
  let timer = 0;

  const renew = async () => {
    if (document.hidden || net.isOffline()) return;
    const mine = ++asked;
    const response = await net.ask(document.getElementById("count").dataset.count, { headers: { "HX-Request": "true" } }, EVERY);
    if (!response) document.dispatchEvent(new Event("checkin:try"));
    // A sign-in page is no count.
    if (response?.headers.get("HX-Redirect")) net.lost("signed_out");
    else if (response?.ok) show(await response.text().catch(() => ""), mine);
  };

  // What was asked before the last scan may come after what was asked since.
  const show = (html, mine) => {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("count");
    if (fresh && mine === asked) document.getElementById("count").replaceWith(fresh);
  };

  const soon = () => {
    timer ||= setTimeout(() => {
      timer = 0;
      renew();
    }, AFTER_OWN);
  };

  setInterval(renew, EVERY);
  document.addEventListener("checkin:network", renew);
  document.addEventListener("checkin:answered", soon);
  document.addEventListener("visibilitychange", renew);
})();
