// One sound for each kind of verdict. No files: a few notes, so that there is nothing to fetch and nothing to wait for.
"use strict";

const sounds = (() => {
  const KEY = "checkin-volume";
  const refusal = [[196, 0, 0.45]];
  const unsure = [[330, 0, 0.08], [330, 0.12, 0.08], [330, 0.24, 0.08]];
  // [frequency in hertz, start and length in seconds, and where the note ends when it glides]
  const NOTES = {
    admitted: [[660, 0, 0.09], [880, 0.09, 0.09]],
    saved: [[1320, 0, 0.03], [520, 0.1, 0.2, 780]],
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
    not_saved: unsure,
    rejected: unsure,
    choose: [[660, 0, 0.06], [660, 0.1, 0.06]],
    see_desk: [[494, 0, 0.12], [494, 0.18, 0.12]],
    undone: [[880, 0, 0.09], [660, 0.09, 0.09]],
    // After the verdict's own sound: there is something to read before this person walks on.
    attention: [[1046, 0.55, 0.12], [1046, 0.75, 0.12], [1046, 0.95, 0.12]],
  };
  let context = null;

  const volume = () => {
    try {
      return Number(localStorage.getItem(KEY) ?? 0.3);
    } catch {
      return 0.3;
    }
  };

  // Browsers let a page make sounds only after somebody touched it, and iPads take the sound away again after a call.
  const wake = async () => {
    // Else an iPad that was set to silent, by a switch or in its control centre, lets nothing be heard.
    if (navigator.audioSession) navigator.audioSession.type = "playback";
    context ??= window.AudioContext ? new AudioContext() : null;
    if (context && context.state !== "running") await context.resume().catch(() => {});
  };
  // A finger counts when it is lifted, a mouse when it is pressed.
  for (const kind of ["pointerdown", "pointerup", "click", "keydown"]) document.addEventListener(kind, wake, true);

  const sound = (notes, now) => {
    for (const [frequency, start, length, end = frequency] of notes) {
      const tone = context.createOscillator();
      const loudness = context.createGain();
      const from = now + start;
      // The speaker of a tablet has no low notes; what is heard of these is their overtones.
      tone.type = frequency < 250 ? "sawtooth" : "triangle";
      tone.frequency.setValueAtTime(frequency, from);
      tone.frequency.linearRampToValueAtTime(end, from + length);
      loudness.gain.setValueAtTime(0, from);
      loudness.gain.linearRampToValueAtTime(volume() * 0.6, from + 0.01);
      loudness.gain.setValueAtTime(volume() * 0.6, from + length - 0.01);
      loudness.gain.linearRampToValueAtTime(0, from + length);
      tone.connect(loudness).connect(context.destination);
      tone.start(from);
      tone.stop(from + length);
    }
  };

  // Silence, when nobody has touched the page yet, is better than a sound that comes with a later touch.
  const play = (...names) => {
    if (context?.state !== "running" || !volume()) return;
    const now = context.currentTime; // once: it goes on while the notes are made
    for (const name of names) sound(NOTES[name] ?? [], now);
  };

  const showVolume = () => {
    for (const button of document.querySelectorAll("[data-volume]")) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.volume) === volume()));
    }
  };
  document.addEventListener("DOMContentLoaded", showVolume);
  document.addEventListener("click", async (event) => {
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
    await wake();
    play(...(button.dataset.play ?? "admitted").split(" "));
  });

  return { play, wake };
})();
