// The one field: typed codes and names. It has the focus again after everything.
"use strict";

(() => {
  const form = document.getElementById("find");
  const field = document.getElementById("q");
  const menu = document.getElementById("menu");

  // A field that is focused by the page, not by a finger, must not open the keyboard on the screen.
  const isTouch = matchMedia("(pointer: coarse)").matches;
  const focusField = () => {
    if (menu.open || panel.isAsking() || !document.hasFocus()) return;
    if (isTouch && document.activeElement !== field) field.inputMode = "none";
    field.focus({ preventScroll: true });
  };
  field.addEventListener("pointerdown", () => {
    if (field.inputMode !== "none") return;
    field.blur();
    field.inputMode = "text";
  });

  // --- What was typed ---------------------------------------------------------------------------------------------
  const plain = (text) => text.normalize("NFKC").replace(/[\s\u00ad\u200b-\u200f\u2060\ufeff-]/g, "");

  // "yes": nothing but a code; "maybe": eight letters of the alphabet of codes, or a long word, may also be a name.
  const looksLikeCode = (text) => {
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text.trim())) return "yes";
    const bare = plain(text);
    const isSingle = !/\s/.test(text.trim());
    if (/^[a-tv-z0-9]{8}$/i.test(bare)) return /\d/.test(bare) ? "yes" : "maybe";
    if (!isSingle || bare.includes("@")) return "no";
    if (/^[\x21-\x7e]{4,}$/.test(bare) && /\d/.test(bare)) return "yes";
    return /^[\x21-\x7e]{14,}$/.test(bare) ? "maybe" : "no";
  };

  const clear = () => {
    field.value = "";
    search.cancel();
  };

  const scan = (code, method) => {
    clear();
    queue.scan(code, method);
    focusField();
  };

  const enter = async () => {
    const text = field.value;
    if (!text.trim()) {
      if (queue.hasFailed()) queue.send();
      return;
    }
    const guess = looksLikeCode(text);
    if (search.isShown(text.trim()) && search.hits().length) return choose(text);
    if (guess === "yes") return scan(text, "typed");
    const hits = await search.now();
    if (field.value !== text) return undefined;
    if (hits?.length) return choose(text);
    return guess === "maybe" && hits ? scan(text, "typed") : undefined;
  };

  // Enter on a list: the code itself is scanned, a name goes to the first hit, where Enter admits.
  const choose = (text) => {
    const fold = (code) => plain(code).toUpperCase().replaceAll("O", "0").replace(/[IL]/g, "1");
    const hits = search.hits();
    if (hits.some((hit) => hit.dataset.code === fold(text))) return scan(text, "typed");
    hits[0].focus();
    return undefined;
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    enter();
  });
  field.addEventListener("input", () => search.soon());
  field.addEventListener("keydown", (event) => {
    // Some guns end with Tab, and not all are fast. For people it goes on to the next control, unless what stands here may
    // be a whole code: then it does what Enter does, which goes on to the first who is called so.
    if (event.key === "Tab" && !event.shiftKey && looksLikeCode(field.value) !== "no") {
      event.preventDefault();
      enter();
    } else if (event.key === "ArrowDown" && search.hits().length) {
      event.preventDefault();
      search.hits()[0].focus();
    }
  });

  // --- Keys wherever the focus is ---------------------------------------------------------------------------------
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return escape();
    const inside = event.target; // not the focus, which the field's own keys may just have moved
    if (inside.matches("input, textarea, select")) return undefined;
    if (panel.isAsking()) return undefined; // what is typed is for the form
    if (inside.matches("[data-code]") && /^Arrow(Up|Down)$/.test(event.key)) return move(event, inside);
    // What is typed is for the field, wherever somebody has tapped before.
    if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) {
      menu.open = false;
      field.focus({ preventScroll: true });
    }
    return undefined;
  });

  const move = (event, from) => {
    event.preventDefault();
    const hits = search.hits();
    const next = hits[hits.indexOf(from) + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) next.focus();
    else if (event.key === "ArrowUp") focusField();
  };

  const escape = () => {
    const open = document.querySelector("details[open]");
    if (open) open.open = false;
    else if (panel.isAsking()) panel.cancel();
    else search.close();
    focusField();
  };

  // --- Taps -------------------------------------------------------------------------------------------------------
  const acts = {
    close: () => search.close(),
    cancel: () => panel.cancel(),
    drop: () => queue.drop(),
    ready: () => panel.ready(),
    retry: () => queue.send(),
    search: () => {
      clear();
      field.inputMode = "text";
      field.focus();
    },
    menu: () => {
      menu.open = true;
      menu.querySelector("a, button").focus();
    },
  };

  document.addEventListener("click", (event) => {
    const hit = event.target.closest("[data-code]");
    const act = event.target.closest("[data-act]");
    if (hit) {
      event.preventDefault();
      // A tap that tells the camera which code was meant leaves alone what was typed.
      if (hit.dataset.method) queue.scan(hit.dataset.code, hit.dataset.method);
      else scan(hit.dataset.code, "search");
    } else if (act) {
      event.preventDefault();
      acts[act.dataset.act]();
    }
    if (!event.target.closest(".menu, [data-act=menu]")) menu.open = false;
    if (!event.target.closest("input, summary")) focusField();
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-undo]")) return;
    event.preventDefault();
    if (form.dataset.sent !== undefined) return;
    form.dataset.sent = "";
    const fields = [...new FormData(form, event.submitter)].filter(([name]) => name !== "csrfmiddlewaretoken");
    queue.post(form.action, fields, { isUndo: true });
  });

  // The reason field of an undo, or the first reason, is where the focus goes when it opens; and back when it closes.
  document.addEventListener(
    "toggle",
    (event) => {
      if (event.target.matches(".undo[open], .more[open]")) event.target.querySelector("button, input:not([type=hidden])").focus();
      else if (event.target.matches("details:not([open])")) focusField();
    },
    true,
  );

  document.addEventListener("checkin:answered", focusField);
  document.addEventListener("visibilitychange", () => document.hidden || focusField());
  window.addEventListener("focus", focusField);
  window.addEventListener("pageshow", focusField);

  focusField();
})();
