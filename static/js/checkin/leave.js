// Signing out of a tablet: scans that wait are sent first, or it is refused with their number; then the list and all else
// that is personal goes from this browser, whether there is a network or not. Also on the account's own page.
"use strict";

(() => {
  const WITHIN = 10_000;
  const AGAIN = 5_000;
  const PENDING = "lanyard-signing-out"; // site.js finishes what is noted here, on whatever page comes next
  const channel = new BroadcastChannel("lanyard-leave");
  const isAtTheDoor = typeof queue !== "undefined";

  const stop = () => {
    store.close();
    if (!isAtTheDoor) return;
    sync.stop();
    queue.stop();
    roster.forget();
  };

  // What begins to be written from now on, as the list is a while after it has come, would be there after all was wiped.
  const wipeLast = (wiping) => {
    const wiped = wiping();
    stop();
    return wiped;
  };

  // Another tab of this tablet signs out. Before the server knows, a page that is loaded anew would fetch the list again.
  channel.onmessage = ({ data }) => {
    wipeLast(() => store.wipe().catch(() => {}));
    if (data === "told") location.reload();
    else if (isAtTheDoor) blank();
  };

  const wipe = async () => {
    channel.postMessage("wiped");
    await wipeLast(forget);
    try {
      localStorage.clear();
      sessionStorage.clear();
    } catch {
      // Storage is off: there is nothing in it.
    }
  };

  const say = (form, name, number) => {
    for (const one of form.querySelectorAll("[data-says]")) one.hidden = one.dataset.says !== name;
    for (const slot of form.querySelectorAll("[data-slot]")) slot.textContent = number;
  };

  const out = async (form) => {
    say(form, "sending", "");
    if (isAtTheDoor) await sync.now();
    const waiting = (await store.unsent().catch(() => [])).length;
    if (waiting) return say(form, "waiting", waiting);
    await wipe();
    say(form, "later", "");
    if (isAtTheDoor) blank();
    return tellServer(form);
  };

  // No name of an attendee stays on the screen.
  const blank = () => {
    panel.show(document.getElementById("signed-out-panel").innerHTML);
    for (const part of document.querySelectorAll("#last-scans, .where bdi")) part.replaceChildren();
    for (const part of document.querySelectorAll("#find, #strips, .camera, #menu, #count")) part.hidden = true;
  };

  const note = (address) => {
    try {
      if (address) localStorage.setItem(PENDING, address);
      else localStorage.removeItem(PENDING);
    } catch {
      // Storage is off.
    }
  };

  const tellServer = async (form) => {
    const body = new FormData(form);
    try {
      if (isAtTheDoor && !body.get("csrfmiddlewaretoken")) body.set("csrfmiddlewaretoken", await net.freshToken());
      const response = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(WITHIN) });
      if (response.ok) {
        note(null);
        channel.postMessage("told");
        return location.replace(response.url);
      }
      if (response.status < 500) return form.submit(); // the server says what is wrong
    } catch {
      // Not there: noted, and tried again.
    }
    note(form.action);
    return setTimeout(tellServer, AGAIN, form);
  };

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-sign-out]")) return;
    event.preventDefault();
    out(event.target);
  });
})();
