// Settings: a short name that writes itself, a colour seen while it is chosen, and sheets to print.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const name = document.getElementById("id_name");
  const slug = document.getElementById("id_slug");
  if (name && slug && !slug.value) {
    let own = false;
    slug.addEventListener("input", () => { own = slug.value !== ""; });
    name.addEventListener("input", () => {
      if (!own) {
        slug.value = name.value.normalize("NFKD").toLowerCase().replace(/[\u0300-\u036f]/g, "")
          .replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 50);
      }
    });
  }

  const accent = document.getElementById("id_accent");
  const preview = document.getElementById("accent_preview");
  if (accent && preview) {
    preview.dataset.conference = "preview";
    const show = () => preview.style.setProperty("--conference-accent", accent.value);
    accent.addEventListener("input", show);
    show();
  }

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
});
