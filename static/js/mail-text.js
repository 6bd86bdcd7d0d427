// Django admin, a mail's words: begins with the default, says which names may stand in braces.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const data = document.getElementById("mail-defaults");
  if (!data) return;
  const defaults = JSON.parse(data.textContent);
  const kind = document.getElementById("id_kind");
  const known = document.getElementById("mail-known");
  const fields = ["subject", "text"].map((name) => [name, document.getElementById(`id_${name}`)]);

  const isUntouched = (name, field) => !field.value.trim() || Object.values(defaults).some((said) => said[name] === field.value.replaceAll("\r\n", "\n"));

  const choose = () => {
    const said = defaults[kind.value];
    if (!said) return;
    for (const [name, field] of fields) {
      if (isUntouched(name, field)) field.value = said[name];
    }
    known.replaceChildren(...said.known.map((name) => {
      const code = document.createElement("code");
      code.textContent = name;
      return code;
    }));
  };

  kind.addEventListener("change", choose);
  // The choice of a conference tells jQuery alone; `mail-preview.js` listens to the page.
  const conference = document.getElementById("id_conference");
  if (conference && window.django && window.django.jQuery) {
    window.django.jQuery(conference).on("change", () => conference.dispatchEvent(new Event("input", { bubbles: true })));
  }
  choose();
});
