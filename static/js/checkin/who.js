// Who is at the tablet: asked when nobody has told yet today, remembered on the device, and sent with each scan as `by`.
//
// Only a paired tablet starts this; scans of somebody signed in carry their account. A name is not worth a queue: the
// question can be put off (Escape), and scans go on without one. The cookie says the same to pages without JavaScript
// (registration/checkin/who.py).
"use strict";

const who = (() => {
  const KEY = "lanyard-who";
  const dialog = document.getElementById("who-dialog");
  const input = document.getElementById("by");
  const { timezone, path, nobody } = dialog.dataset;
  let isPutOff = false;

  // The conference's own day, as 2027-06-09.
  const today = () => new Intl.DateTimeFormat("en-CA", { timeZone: timezone, year: "numeric", month: "2-digit", day: "2-digit" }).format();

  const stored = () => {
    try {
      return JSON.parse(localStorage.getItem(KEY) ?? "null") ?? {};
    } catch {
      return {};
    }
  };

  // Kept here too, for a browser whose storage is off or full.
  let told = stored();
  if (told.day !== today() && dialog.dataset.name) told = { name: dialog.dataset.name, day: today() };

  const name = () => (told.day === today() ? (told.name ?? "") : "");

  const remember = () => {
    try {
      localStorage.setItem(KEY, JSON.stringify(told));
    } catch {
      // It is asked again after a reload.
    }
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `who=${encodeURIComponent(`${told.day} ${told.name}`)}; Path=${path}; Max-Age=86400; SameSite=Lax${secure}`;
  };

  const show = () => {
    document.getElementById("who-name").textContent = name() || nobody;
  };

  const ask = () => {
    if (dialog.open) return;
    input.value = told.name ?? "";
    dialog.showModal();
    input.select();
  };

  const askIfNobody = () => {
    show();
    if (!name() && !isPutOff && !document.hidden) ask();
  };

  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = input.value.trim().replace(/\s+/g, " ");
    if (!typed) return;
    told = { name: typed.slice(0, 100), day: today() };
    isPutOff = false;
    remember();
    dialog.close();
    show();
  });
  dialog.addEventListener("cancel", () => {
    isPutOff = true;
  });
  // The field of the page takes the focus again.
  dialog.addEventListener("close", () => window.dispatchEvent(new Event("focus")));
  // After midnight, at the first scan or when the tablet is picked up again. An answer put off yesterday is asked for.
  let day = today();
  const lookAtTheDay = () => {
    if (day !== today()) isPutOff = false;
    day = today();
    askIfNobody();
  };

  const start = () => {
    document.getElementById("who-open").addEventListener("click", (event) => {
      event.preventDefault();
      ask();
    });
    document.addEventListener("visibilitychange", lookAtTheDay);
    document.addEventListener("checkin:answered", lookAtTheDay);
    if (name()) remember();
    askIfNobody();
  };

  return { name, start };
})();
