// What a verdict does beside its panel: a sound, a buzz, and the whole screen in its colour for a moment.
"use strict";

const feedback = (() => {
  const GOOD = 900; // milliseconds
  const BAD = 2500;
  const CAREFUL = new Set(["already_admitted", "unpaid", "not_saved", "rejected", "see_desk"]);
  const SILENT = new Set(["ready", "search", "choose", "undone", "form", "corrected"]);
  const BUZZ = { go: [40], saved: [40], wait: [60, 60, 60], stop: [250], none: [40] };
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)");

  // go, saved, wait, stop as the style sheet calls the colours; or none.
  const toneOf = ({ verdict, refuse, undone, saved, worst }) => {
    if (verdict === "group") return worst === "admitted" ? "go" : "wait";
    if (SILENT.has(verdict) || undone !== undefined) return "none";
    if (verdict === "admitted") return saved === undefined ? "go" : "saved";
    return CAREFUL.has(verdict) && refuse === undefined ? "wait" : "stop";
  };

  const soundOf = ({ verdict, refuse, undone, saved, worst }) => {
    if (verdict === "group") return worst;
    if (undone !== undefined) return "undone";
    if (verdict === "admitted" && saved !== undefined) return "saved";
    return verdict === "unpaid" && refuse !== undefined ? "cancelled" : verdict;
  };

  // Behind the panel, over everything else; a newer verdict ends the older one's. Where motion is unwelcome it comes and
  // goes without fading, as a frame.
  const flash = (tone) => {
    const screen = document.getElementById("flash");
    for (const running of screen.getAnimations()) running.cancel();
    screen.dataset.tone = tone;
    if (tone === "none") return;
    const fading = [{ opacity: 1 }, { opacity: 1, offset: 0.5 }, { opacity: 0 }];
    const steady = [{ opacity: 1 }, { opacity: 1 }];
    screen.animate(isCalm.matches ? steady : fading, { duration: tone === "go" || tone === "saved" ? GOOD : BAD });
  };

  const give = (result) => {
    const tone = toneOf(result.dataset);
    const names = [soundOf(result.dataset)];
    if (result.dataset.attention !== undefined || result.querySelector(".note-for-staff")) names.push("attention");
    if (navigator.userActivation?.hasBeenActive) {
      navigator.vibrate?.(names.length > 1 ? [...BUZZ[tone], 200, 60, 60, 60, 60, 60] : BUZZ[tone]);
    }
    sounds.play(...names);
    flash(tone);
  };

  return { give };
})();
