// The desk's forms in the panel: opened from the server, sent with an id of their own, and all of them need the network.
"use strict";

(() => {
  // A panel that has just come may be under a finger that meant the one before it (milliseconds).
  const SETTLE = 400;
  const OPEN_WITHIN = 5000;
  let shownAt = 0;

  document.addEventListener("checkin:panel", () => {
    shownAt = performance.now();
    // Nobody taps on a tablet to write where there is nothing else to write.
    panel.current().querySelector("form.desk input:not([type=hidden], [type=radio])")?.focus();
  });

  const open = async (url) => {
    const response = net.isOffline() ? null : await net.ask(url, { headers: { "HX-Request": "true" } }, OPEN_WITHIN);
    const html = response?.ok && !response.headers.has("HX-Redirect") ? await response.text().catch(() => "") : "";
    if (html.includes('id="result"')) return panel.show(html);
    if (!response || response.status >= 500) document.dispatchEvent(new Event("checkin:try"));
    return panel.announce(document.getElementById("needs-network-panel").innerHTML);
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-open]");
    if (!link) return;
    event.preventDefault();
    document.getElementById("menu").open = false;
    search.cancel();
    document.getElementById("q").value = "";
    open(link.href);
  });

  // `data-post` names the field with the id of what is made, if something is; the one that the server wrote is for pages
  // without scripts. It stays the same however often the form is sent.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-post]")) return;
    event.preventDefault();
    if (form.dataset.sent !== undefined || (form.matches(".pay, .others") && performance.now() - shownAt < SETTLE)) return;
    form.dataset.sent = "";
    const made = form.dataset.post ? form.querySelectorAll(`[name="${form.dataset.post}"]`) : [];
    if (form.dataset.made === undefined) for (const field of made) field.value = ids.make();
    form.dataset.made = "";
    const fields = [...new FormData(form, event.submitter)].filter(([name]) => name !== "csrfmiddlewaretoken");
    queue.post(form.action, [...fields, ["by", place.by() ?? ""]]);
  });
})();
