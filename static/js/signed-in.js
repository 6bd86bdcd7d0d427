// A page of the staff that was left open until its session ended: the way to the sign-in would lose what was written in it.
// So a form that is sent after a while asks first whether its sender is still signed in, and waits here until they are,
// in another window. Nothing of it is stored anywhere.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const dialog = document.getElementById("signed-out");
  if (!dialog) return;
  const still = dialog.querySelector("[role=status] > p");
  const { staff } = dialog.dataset; // a page of the staff
  let knownAt = Date.now();
  let waits; // the form and its button
  let isAnswered = false;

  // Who signs in again has another token; what is here has that of before.
  const renew = (token) => {
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
    for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = token;
  };

  const isSignedIn = async () => {
    const response = await fetch(staff, { cache: "no-store", signal: AbortSignal.timeout(10_000) });
    if (new URL(response.url).pathname !== staff) return false;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    renew(JSON.parse(page.body.getAttribute("hx-headers"))["X-CSRFToken"]);
    return true;
  };

  const send = async () => {
    const { form, button } = waits;
    // Where nobody answers, the form finds that out as it always did.
    if (!(await isSignedIn().catch(() => true))) return false;
    knownAt = Date.now();
    waits = undefined;
    isAnswered = true;
    form.requestSubmit(button);
    isAnswered = false;
    return true;
  };

  // Before all others, htmx too.
  const ask = async (event) => {
    const form = event.target;
    // Not `form.method`: a field may be called so. For so many seconds nobody has to be asked.
    if (form.getAttribute("method") !== "post" || isAnswered || (!waits && Date.now() - knownAt < dialog.dataset.after * 1000)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (waits) return;
    waits = { form, button: event.submitter };
    if (await send()) return;
    still.hidden = true;
    dialog.showModal();
  };
  document.addEventListener("submit", ask, true);

  dialog.querySelector("button").addEventListener("click", async () => {
    if (await send()) dialog.close();
    else still.hidden = false;
  });
  dialog.addEventListener("close", () => (waits = undefined));
});
