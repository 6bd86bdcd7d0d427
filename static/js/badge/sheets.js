// The PDF of many badges: progress while it is made, and the file when it is there. Without this script the form sends
// itself and the browser saves the answer.
"use strict";

(() => {
  const WITHIN = 180_000; // 1,000 badges take ten seconds
  const slot = (form, name) => form.querySelector(`[data-slot="${name}"]`);
  const show = (form, name) => {
    for (const part of ["busy", "done", "failed"]) slot(form, part).hidden = part !== name;
    slot(form, "hint").hidden = name === "done";
  };

  // Nobody is told how far the typesetter is, so the bar follows the time that so many badges take, and waits before its end.
  const advance = (bar) => {
    const seconds = Number(bar.dataset.seconds);
    if (seconds < 2) return 0;
    const begun = performance.now();
    bar.value = 0;
    return setInterval(() => {
      bar.value = Math.min(0.95, (performance.now() - begun) / 1000 / seconds);
    }, 200);
  };

  const fail = (form, message) => {
    const text = slot(form, "failed").querySelector("p");
    text.textContent = message ?? text.dataset.otherwise;
    show(form, "failed");
  };

  const save = async (form, response) => {
    const [, name] = /filename="?([^";]+)/.exec(response.headers.get("Content-Disposition")) ?? [null, "badges.pdf"];
    const link = slot(form, "file");
    link.href = URL.createObjectURL(await response.blob());
    link.download = link.textContent = name;
    link.click();
    show(form, "done");
    slot(form, "done").focus();
    // The same choice once more is a print of its own.
    form.elements.request_id.value = ids.make();
  };

  // What stands around the choice counted before the file was made. Where nobody answers it stays as it is.
  const count = async () => {
    const response = await fetch(location.pathname, { cache: "no-store", signal: AbortSignal.timeout(WITHIN) });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of ["badge-counts", "badge-jobs"]) {
      const now = page.getElementById(part);
      if (now) document.getElementById(part)?.replaceChildren(...now.childNodes);
    }
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-make]")) return;
    event.preventDefault();
    const button = form.querySelector("button");
    const clock = advance(form.querySelector("progress"));
    button.disabled = true;
    show(form, "busy");
    try {
      const response = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { Accept: "application/json, application/pdf" },
        signal: AbortSignal.timeout(WITHIN),
      });
      const kind = response.headers.get("Content-Type") ?? "";
      if (kind.startsWith("application/pdf")) {
        await save(form, response);
        count().catch(() => {});
      } else if (kind.startsWith("application/json")) fail(form, (await response.json()).message);
      else if (response.redirected) location.reload(); // signed out meanwhile
      else fail(form);
    } catch {
      fail(form);
    } finally {
      clearInterval(clock);
      button.disabled = false;
    }
  });
})();
