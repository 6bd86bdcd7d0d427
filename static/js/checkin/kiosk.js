// Self check-in: a ticket that is held up is sent to the server, and its answer shown for a moment. Nothing of anybody is
// kept on the device: no list of people, no scans. Without the network people are sent to the desk; a stand that is
// switched on without it starts by the page that the service worker kept (`data-shell`), and goes on when the server is back.
//
// Whoever reads a code (camera, gun, field) calls `queue.scan`, as on the page of the staff.
"use strict";

// There is no search here; those who read codes end one that runs.
const search = { cancel: () => {} };

const queue = (() => {
  const WITHIN = 6_000; // milliseconds for each of two tries; then somebody waits too long
  const WELCOME = 6_000;
  const OTHER = 12_000;
  const ALIVE_EVERY = 30_000;
  const BACK_EVERY = 5_000;
  const BACK_WITHIN = 15_000; // less than its service worker then waits for the page
  const LEAVES_AFTER = 20_000;
  const form = document.getElementById("find");
  const dialog = document.getElementById("leave-dialog");
  let isBusy = false;
  let timer = 0;

  const token = () => form.elements.csrfmiddlewaretoken?.value ?? "";
  // Said before somebody holds up a ticket, not only after.
  const tellAway = (isAway) => (document.getElementById("away").hidden = !isAway || "shell" in form.dataset);
  const template = (id) => document.getElementById(id).innerHTML;

  const announce = (html) => {
    panel.announce(html);
    // The server knows whether there is a rehearsal; the page was made before it began or ended.
    const { scanId, verdict, rehearsal } = panel.current().dataset;
    if (scanId && verdict !== "rejected") document.getElementById("rehearsal").hidden = rehearsal === undefined;
    clearTimeout(timer);
    timer = setTimeout(panel.ready, panel.current().dataset.verdict === "admitted" ? WELCOME : OTHER);
  };

  const scan = async (code, method) => {
    if (isBusy || dialog.open) return;
    isBusy = true;
    clearTimeout(timer);
    panel.show(template("working-panel"));
    const fields = { code, method, scan_id: ids.make(), checkpoint: form.elements.checkpoint.value };
    // The same scan twice is one, so a lost answer harms nobody.
    const html = (await ask(fields)) ?? (await ask(fields)) ?? template("no-answer-panel");
    isBusy = false;
    tellAway(html === template("no-answer-panel"));
    announce(html);
  };

  const ask = async (fields) => {
    try {
      const response = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(fields),
        headers: { "HX-Request": "true", "X-CSRFToken": token() },
        signal: AbortSignal.timeout(WITHIN),
      });
      const html = await response.text();
      const isAnswer = response.ok || response.status === 422;
      if (isAnswer && html.includes("data-kiosk")) return html;
      if (response.status >= 500) return null;
      location.reload(); // revoked, or self check-in is off: the page is another one now
      return new Promise(() => {});
    } catch {
      return null;
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const field = form.elements.code;
    if (field.value.trim()) scan(field.value, "typed");
    field.value = "";
  });

  // --- The way out ------------------------------------------------------------------------------------------------
  document.getElementById("leave-open").addEventListener("click", (event) => {
    event.preventDefault();
    dialog.querySelector("#pin").value = "";
    unsent.hidden = true;
    dialog.showModal();
    closeLater();
  });
  const unsent = document.getElementById("leave-unsent");
  document.addEventListener("htmx:sendError", () => (unsent.hidden = false));
  // Who taps the lock and walks away must not leave a stand behind that checks nobody in.
  let closing = 0;
  const closeLater = () => {
    clearTimeout(closing);
    closing = setTimeout(() => dialog.close(), LEAVES_AFTER);
  };
  dialog.addEventListener("input", closeLater);
  document.addEventListener("click", (event) => {
    const act = event.target.closest("[data-act]")?.dataset.act;
    if (act === "stay") dialog.close();
    if (act === "ready") panel.ready();
    const chosen = event.target.closest("[data-code]");
    if (chosen) scan(chosen.dataset.code, "camera");
  });

  // Organisers may have turned it off, and they see that it is there, and how.
  const tell = async () => {
    if (document.hidden || isBusy || dialog.open) return;
    const response = await fetch(form.dataset.alive, {
      method: "POST",
      body: new URLSearchParams({ now: new Date().toISOString(), battery: (await battery()) ?? "" }),
      headers: { "X-CSRFToken": token() },
      signal: AbortSignal.timeout(WITHIN),
    }).catch(() => null);
    if (response && response.status < 500 && (response.redirected || !response.ok)) location.reload();
    tellAway(!response || response.status >= 500);
  };

  const onceBack = async () => {
    const response = await fetch(location.href, { signal: AbortSignal.timeout(BACK_WITHIN) }).catch(() => null);
    if (response && response.status < 500) location.reload();
    else setTimeout(onceBack, BACK_EVERY);
  };

  if ("shell" in form.dataset) {
    setTimeout(onceBack, BACK_EVERY);
  } else {
    setInterval(tell, ALIVE_EVERY);
    window.addEventListener("online", tell);
    tell();
  }
  // Nobody may be there to touch the page; some browsers are told to let it be heard all the same.
  sounds.wake();
  // Where it could not be fetched or installed, as on a bad network, once more: without it nothing opens here without the
  // network.
  const install = async () => {
    const made = await navigator.serviceWorker.register(form.dataset.worker, { updateViaCache: "none" }).catch(() => null);
    if (!made?.active) setTimeout(install, 10_000);
  };
  if (navigator.serviceWorker) install();

  return { scan };
})();
