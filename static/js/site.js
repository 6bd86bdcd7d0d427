// What every page needs: after a form was refused, the focus goes to the list of what to correct, or to the first field.
"use strict";

const focusErrors = () => (document.getElementById("errors") ?? document.querySelector("[aria-invalid=true]"))?.focus();
document.addEventListener("DOMContentLoaded", focusErrors);
document.addEventListener("htmx:afterSettle", (event) => {
  // One field that was checked while somebody goes on to the next must not take the focus back.
  if (event.detail.requestConfig?.elt.matches("form")) focusErrors();
});
