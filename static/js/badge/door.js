// Prints the badge of whoever was just let in, when this device is set so in its menu. The label is an image on a page of
// its own size within this page; a browser started with --kiosk-printing sends it to the printer without asking.
"use strict";

(() => {
  const KEY = "lanyard-label";
  const PRINTED = "lanyard-labels-printed";
  const TIMEOUT = 10_000;
  // Some browsers never say that they are done.
  const PATIENCE = 15_000;
  // The label stays in the page that long, because some browsers draw it after they said they had; then it goes, so that
  // nobody prints it by the browser's menu.
  const GONE_AFTER = 10_000;
  let setting = "";
  let shown = document.getElementById("result");
  let line = Promise.resolve();
  let tidy = 0;

  const words = document.getElementById("badge-words").dataset;
  const result = () => document.getElementById("result");

  const remember = (storage, key, value) => {
    try {
      storage.setItem(key, value);
    } catch {
      // Storage is full or off: it holds until the page is left.
    }
  };

  // --- On paper ---------------------------------------------------------------------------------------------------------
  const print = async (image, format) => {
    const label = document.querySelector("#label img");
    clearTimeout(tidy);
    label.src = image;
    await label.decode();
    for (const sheet of document.querySelectorAll("link[data-label-size]")) {
      sheet.media = sheet.dataset.labelSize === format ? "print" : "not all";
    }
    document.body.classList.add("printing-label");
    await new Promise((resolve) => {
      addEventListener("afterprint", resolve, { once: true });
      setTimeout(resolve, PATIENCE);
      window.print();
    });
    tidy = setTimeout(() => {
      document.body.classList.remove("printing-label");
      label.removeAttribute("src");
    }, GONE_AFTER);
  };

  // --- In the panel -----------------------------------------------------------------------------------------------------
  // What is said about a badge belongs to its own verdict; when that has gone, so has the person.
  const say = (panel, text) => {
    if (!panel.isConnected) return;
    if (!panel.querySelector(".badge-said")) {
      panel.querySelector(".acts").before(document.getElementById("badge-said").content.cloneNode(true));
    }
    panel.querySelector(".badge-said span").textContent = text;
  };

  const offer = (panel, fields) => {
    // In self check-in nobody prints by hand.
    if (words.kiosk || !panel.isConnected || panel.querySelector("[data-badge]")) return;
    const button = document.getElementById("badge-button").content.cloneNode(true).firstElementChild;
    panel.querySelector(".acts").append(button);
    button.addEventListener("click", () => {
      button.remove();
      make(panel, fields());
    });
  };

  const again = (panel) =>
    offer(panel, () => ({ ...whose(panel), request_id: ids.make(), reason: words.reason }));

  // By the scan that let them in, or as the desk says.
  const whose = ({ dataset }) => (dataset.attendee ? { attendee: dataset.attendee } : { scan: dataset.scanId });

  // --- From the server --------------------------------------------------------------------------------------------------
  const ask = async (fields) => {
    const body = new URLSearchParams({ format: setting, by: words.kiosk ? "" : (place.by() ?? ""), ...fields });
    const response = await post(body, { Accept: "application/json" });
    if (!response?.ok && response?.status !== 422) throw new Error("no badge");
    return response.json();
  };

  // Self check-in has no net.js; its page is always the server's own, with a token in it.
  const post = (body, headers) => {
    if (!words.kiosk) return net.post(words.url, body, headers, TIMEOUT);
    Object.assign(headers, JSON.parse(document.body.getAttribute("hx-headers")));
    return fetch(words.url, { method: "POST", body, headers, signal: AbortSignal.timeout(TIMEOUT) });
  };

  const make = async (panel, fields) => {
    say(panel, words.making);
    let answer = null;
    try {
      answer = await ask(fields);
    } catch {
      say(panel, words.failed);
      offer(panel, () => fields); // the same request, so that it counts once
      return;
    }
    say(panel, answer.message);
    if (answer.due) {
      line = line.then(() => print(answer.image, answer.format)).catch(() => say(panel, words.failed));
      await line;
    }
    again(panel);
  };

  // The strip says how many there are, also after the page was loaded again.
  const later = (panel, scan) => {
    say(panel, words.offline);
    if (isNew(scan)) place.change({ badges: place.here.badges + 1 }).then(strip.show);
  };

  const isNew = (scan) => {
    let printed = [];
    try {
      printed = JSON.parse(sessionStorage.getItem(PRINTED) ?? "[]");
    } catch {
      // Storage is off.
    }
    if (printed.includes(scan)) return false;
    remember(sessionStorage, PRINTED, JSON.stringify([...printed, scan].slice(-50)));
    return true;
  };

  const look = () => {
    const panel = result();
    if (panel === shown) return;
    shown = panel;
    const { verdict, scanId, saved, undone, rehearsal, print: isAsked } = panel?.dataset ?? {};
    for (const choice of document.querySelectorAll("#result [data-if-label]")) choice.hidden = !setting;
    if (!setting || rehearsal !== undefined || undone !== undefined) return;
    if (verdict === "admitted" && saved !== undefined) later(panel, scanId);
    else if (verdict === "admitted" && isNew(scanId)) make(panel, { scan: scanId, automatic: "1" });
    else if (verdict === "admitted" || verdict === "already_admitted") again(panel);
    else if (verdict === "group") for (const one of panel.querySelectorAll("[data-let-in]")) isNew(one.dataset.scanId) && make(one, { scan: one.dataset.scanId, automatic: "1" });
    else if (verdict === "corrected" && isAsked !== undefined) make(panel, { ...whose(panel), request_id: ids.make(), reason: words.corrected });
    else if (verdict === "corrected") again(panel);
  };

  // --- In the menu ------------------------------------------------------------------------------------------------------
  const showSetting = () => {
    for (const button of document.querySelectorAll("[data-label]")) {
      button.setAttribute("aria-pressed", String(button.dataset.label === setting));
    }
    const test = document.querySelector("[data-test-label]");
    if (test) test.hidden = !setting;
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-label], [data-test-label]");
    if (!button) return;
    if (button.dataset.label === undefined) {
      line = line.then(() => print(words.sample.replace("62x100", setting), setting)).catch(() => {});
    } else {
      setting = button.dataset.label;
      remember(localStorage, KEY, setting);
      showSetting();
    }
  });

  try {
    setting = localStorage.getItem(KEY) ?? "";
  } catch {
    // Storage is off: set for as long as the page is open.
  }
  showSetting();
  new MutationObserver(look).observe(document.getElementById("main"), { childList: true, subtree: true });
})();
