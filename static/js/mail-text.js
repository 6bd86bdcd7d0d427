// Django admin, a mail's words: begins with the default, says which names may stand in braces, keeps the preview fresh.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const data = document.getElementById("mail-defaults");
  const button = document.getElementById("mail-preview-button");
  if (!data || !button) return;
  const defaults = JSON.parse(data.textContent);
  const kind = document.getElementById("id_kind");
  const known = document.getElementById("mail-known");
  const fields = ["subject", "text"].map((name) => [name, document.getElementById(`id_${name}`)]);
  let timer;

  const refresh = () => {
    clearTimeout(timer);
    timer = setTimeout(() => button.click(), 400);
  };

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
    refresh();
  };

  kind.addEventListener("change", choose);
  for (const [, field] of fields) field.addEventListener("input", refresh);
  const conference = document.getElementById("id_conference");
  if (conference && window.django && window.django.jQuery) window.django.jQuery(conference).on("change", refresh);
  choose();
});
