// Scanner guns that are a keyboard: they type a code, fast, and end it with Enter or Tab, wherever the focus is.
//
// Nobody knows at the first key whether a gun or a person typed it, so keys do what they always do; when the end shows
// that it was a gun, the text fields get back what they held before.
"use strict";

(() => {
  // The keys of a gun are less than so many milliseconds apart, those of the fastest typist more.
  const GAP = 50;
  const SHORTEST = 6;
  // A gun on a bad radio link may pause inside a code, more than once, and before its end; and a gun may be used right after
  // the fingers. So what came before the last pauses is looked at too.
  const PAUSE = 400;
  const LONGEST_PAUSE = 3000; // then only what makes a ticket belongs together
  const PIECES = 8;
  // [without and with Shift] on a US keyboard, which is what guns are set to when nobody has set them.
  const US = {
    Backquote: "`~", Minus: "-_", Equal: "=+", BracketLeft: "[{", BracketRight: "]}", Backslash: "\\|", Semicolon: ";:",
    Quote: "'\"", Comma: ",<", Period: ".>", Slash: "/?", Space: "  ", NumpadDivide: "//", NumpadMultiply: "**",
    NumpadSubtract: "--", NumpadAdd: "++", NumpadDecimal: "..",
  };
  ")!@#$%^&*(".split("").forEach((shifted, digit) => {
    US[`Digit${digit}`] = `${digit}${shifted}`;
    US[`Numpad${digit}`] = `${digit}${digit}`;
  });
  const TICKET = /^[a-z][a-z0-9+.-]*:\/\/[^/]+\/t\/[^/?#]+\/?$/i;
  const CODE = /^[0-9a-hjkmnp-tv-z]{8}$/i;

  let burst = null;
  let lastKey = -Infinity;
  let lastScan = -Infinity;
  // Which reading was right when only one of them could be: a Z for a Y tells nobody anything.
  let usual = "asTyped";

  // --- The two readings -------------------------------------------------------------------------------------------
  const onUs = ({ code, shiftKey }) => {
    if (/^Key[A-Z]$/.test(code)) return shiftKey ? code.at(-1) : code.at(-1).toLowerCase();
    return US[code]?.[shiftKey ? 1 : 0] ?? "";
  };

  const isListed = (text) => typeof list !== "undefined" && Boolean(list.has?.(text));

  const SIGNS = [isListed, (text) => TICKET.test(text), (text) => CODE.test(text)];

  const readingOf = ({ asTyped, asOnUs, length }) => {
    // A dead key types nothing, and a keyboard on the screen names no keys: then there is one reading only.
    if ([...asTyped].length < length) return asOnUs;
    if (asOnUs.length < length) return asTyped;
    const both = { asTyped, asOnUs };
    for (const isRight of SIGNS) {
      const right = Object.keys(both).filter((reading) => isRight(both[reading]));
      if (right.length === 1 && asTyped !== asOnUs) [usual] = right;
      if (right.length) return both[right.includes(usual) ? usual : right[0]];
    }
    return both[usual];
  };

  // --- What the fields held before --------------------------------------------------------------------------------
  const isText = (element) => element?.matches?.("textarea, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");

  const holdings = () => {
    const fields = new Set([document.activeElement, document.getElementById("q")].filter(isText));
    return [...fields].map((field) => ({ field, value: field.value, start: field.selectionStart, end: field.selectionEnd }));
  };

  const giveBack = ({ field, value, start, end }) => {
    if (field.value === value) return;
    field.value = value;
    if (start !== null) field.setSelectionRange(start, end);
    // The search field would look for what it holds, and its answer would hide the verdict.
    if (field.id !== "q") field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // --- Keys -------------------------------------------------------------------------------------------------------
  const isPartOfLetter = ({ key }) => ["Shift", "CapsLock", "AltGraph"].includes(key);
  const isShortcut = (event) => (event.ctrlKey || event.altKey || event.metaKey) && !event.getModifierState("AltGraph");
  const isEnd = ({ key }) => key === "Enter" || key === "Tab";

  const add = (event, gap) => {
    const asTyped = [...event.key].length === 1 ? event.key : "";
    const asOnUs = onUs(event);
    if (!asTyped && !asOnUs) {
      burst = null;
      return;
    }
    if (!burst || gap >= GAP) {
      const { earlier = [], ...piece } = burst ?? {};
      const pieces = burst && gap < LONGEST_PAUSE ? [piece, ...earlier].slice(0, PIECES) : [];
      burst = { asTyped: "", asOnUs: "", length: 0, pieces: 1, before: holdings(), pause: gap, earlier: pieces };
    }
    burst.asTyped += asTyped;
    burst.asOnUs += asOnUs;
    burst.length += 1;
  };

  const join = (earlier, later) => ({
    asTyped: earlier.asTyped + later.asTyped,
    asOnUs: earlier.asOnUs + later.asOnUs,
    length: earlier.length + later.length,
    pieces: earlier.pieces + later.pieces,
    before: [...earlier.before, ...later.before.filter(({ field }) => !earlier.before.some((one) => one.field === field))],
    pause: earlier.pause,
  });

  // Fingers press one key at a time, or two.
  const isFast = ({ length, pieces }) => length >= SHORTEST && (pieces === 1 || length >= 2 * pieces);

  // What the gun has typed: the last run of keys, or together with those before the pauses; null when it was no gun.
  const typedBy = ({ earlier, ...run }) => {
    const runs = [run];
    for (const piece of earlier) runs.push(join(piece, runs.at(-1)));
    const fast = runs.filter(isFast);
    for (const isRight of SIGNS) {
      const right = fast.find(({ asTyped, asOnUs }) => isRight(asTyped) || isRight(asOnUs));
      if (right) return right;
    }
    if (run.length < SHORTEST) return null;
    const far = runs.findIndex(({ pause }) => pause >= PAUSE);
    const near = far < 0 ? earlier.length : far;
    return earlier.slice(0, near).some(({ length }) => length > 1) ? runs[near] : run;
  };

  const take = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };

  const scan = (typed, now) => {
    lastScan = now;
    lastKey = -Infinity;
    typed.before.forEach(giveBack);
    search.cancel();
    if (panel.isAsking()) held.keep(readingOf(typed), "wedge");
    else queue.scan(readingOf(typed), "wedge");
  };

  window.addEventListener(
    "keydown",
    (event) => {
      if (event.repeat || event.isComposing || isPartOfLetter(event)) return;
      const now = event.timeStamp;
      // Some guns end with two keys.
      if (isEnd(event) && !burst && now - lastScan < PAUSE) return take(event);
      const gap = now - lastKey;
      lastKey = now;
      if (isShortcut(event)) {
        burst = null;
      } else if (isEnd(event)) {
        const typed = burst && gap < PAUSE ? typedBy(burst) : null;
        burst = null;
        if (!typed) return undefined;
        take(event);
        scan(typed, now);
      } else {
        add(event, gap);
      }
      return undefined;
    },
    true,
  );
})();
