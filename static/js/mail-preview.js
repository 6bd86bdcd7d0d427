// Keeps the preview of a mail fresh while its words are written; without this, its button does.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const button = document.getElementById("mail-preview-button");
  if (!button) return;
  let timer;
  const refresh = () => {
    clearTimeout(timer);
    timer = setTimeout(() => button.click(), 400);
  };
  for (const part of ["input", "change"]) {
    button.form.addEventListener(part, (event) => {
      if (event.target.matches("#id_subject, #id_text, #id_person, #id_kind, #id_conference")) refresh();
    });
  }
  // Whatever else is pressed takes the page elsewhere, which a preview that comes after it would stop.
  button.form.addEventListener("submit", () => clearTimeout(timer));
  refresh();
});
