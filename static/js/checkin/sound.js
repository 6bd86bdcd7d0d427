// One sound for each kind of verdict, played when the verdict is known; and a buzz for who cannot hear it.
"use strict";

const sounds = (() => {
  const KEY = "checkin-volume";
  const refusal = [[196, 0, 0.45]];
  // [frequency in hertz, start and length in seconds]
  const NOTES = {
    admitted: [[660, 0, 0.09], [880, 0.09, 0.09]],
    already_admitted: [[494, 0, 0.12], [494, 0.18, 0.12]],
    unpaid: [[494, 0, 0.1], [494, 0.14, 0.1], [740, 0.28, 0.16]],
    wrong_ticket: [[440, 0, 0.14], [294, 0.16, 0.22]],
    not_open: [[440, 0, 0.14], [294, 0.16, 0.22]],
    cancelled: refusal,
    refunded: refusal,
    replaced: refusal,
    blocked: refusal,
    incomplete: refusal,
    unknown: [[196, 0, 0.12], [196, 0.2, 0.12]],
    not_saved: [[330, 0, 0.08], [330, 0.12, 0.08], [330, 0.24, 0.08]],
    rejected: [[330, 0, 0.08], [330, 0.12, 0.08], [330, 0.24, 0.08]],
    undone: [[880, 0, 0.09], [660, 0.09, 0.09]],
    attention: [[1046, 0.35, 0.12], [1046, 0.55, 0.12]],
  };
  const BUZZ = { admitted: [40], already_admitted: [60, 60, 60], unpaid: [60, 60, 60] };
  let context = null;

  const volume = () => {
    try {
      return Number(localStorage.getItem(KEY) ?? 0.3);
    } catch {
      return 0.3;
    }
  };

  // Browsers let a page make sounds only after somebody touched it.
  const wake = () => {
    context ??= window.AudioContext ? new AudioContext() : null;
    if (context?.state === "suspended") context.resume();
  };
  document.addEventListener("pointerdown", wake);
  document.addEventListener("keydown", wake);

  const notes = (name) => {
    for (const [frequency, start, length] of NOTES[name] ?? []) {
      const tone = context.createOscillator();
      const loudness = context.createGain();
      const from = context.currentTime + start;
      tone.type = frequency < 250 ? "sawtooth" : "triangle";
      tone.frequency.value = frequency;
      loudness.gain.setValueAtTime(0, from);
      loudness.gain.linearRampToValueAtTime(volume() * 0.6, from + 0.01);
      loudness.gain.setValueAtTime(volume() * 0.6, from + length - 0.02);
      loudness.gain.linearRampToValueAtTime(0, from + length);
      tone.connect(loudness).connect(context.destination);
      tone.start(from);
      tone.stop(from + length);
    }
  };

  const play = (verdict, { refused = false, attention = false } = {}) => {
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(BUZZ[verdict] ?? [250]);
    if (context?.state !== "running" || !volume()) return;
    notes(refused && verdict === "unpaid" ? "cancelled" : verdict);
    if (attention) notes("attention");
  };

  const showVolume = () => {
    for (const button of document.querySelectorAll("[data-volume]")) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.volume) === volume()));
    }
  };
  document.addEventListener("DOMContentLoaded", showVolume);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-volume], [data-play]");
    if (!button) return;
    if (button.dataset.volume) {
      try {
        localStorage.setItem(KEY, button.dataset.volume);
      } catch {
        // Storage is off: the volume stays as it was.
      }
      showVolume();
    }
    wake();
    play(button.dataset.play ?? "admitted");
  });

  return { play };
})();
