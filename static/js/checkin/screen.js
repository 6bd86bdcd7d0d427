// The screen: it stays on, and its halves change places for people who tap with the left hand.
"use strict";

(() => {
  const KEY = "checkin-hand";
  let lock = null;

  const stayAwake = async () => {
    if (document.hidden || (lock && !lock.released)) return;
    lock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
  };
  // The browser lets go when the page is hidden, and when the battery is low.
  document.addEventListener("visibilitychange", stayAwake);
  document.addEventListener("click", stayAwake);
  stayAwake();

  const hand = () => {
    try {
      return localStorage.getItem(KEY) ?? "right";
    } catch {
      return "right";
    }
  };

  const showHand = () => {
    document.body.dataset.hand = hand();
    for (const button of document.querySelectorAll("[data-set-hand]")) {
      button.setAttribute("aria-pressed", String(button.dataset.setHand === hand()));
    }
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-set-hand]");
    if (!button) return;
    try {
      localStorage.setItem(KEY, button.dataset.setHand);
    } catch {
      // Storage is off: the layout stays as it is.
    }
    showHand();
  });
  showHand();
})();
