// Adds a passkey, asks for one as the second step, and says above the button that was pressed that none came: a device
// without one, or whose question was closed, tells allauth's script alone.
"use strict";

// The standard knows no passkeys of an address that is a number, such as that of a laptop on a venue's own network.
const isNumber = /^[\d.]+$|^\[/.test(location.hostname);

document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("passkey_login")?.toggleAttribute("hidden", isNumber);
  if (document.getElementById("mfa_webauthn_add")) {
    const ids = { add: "mfa_webauthn_add", passwordless: "id_passwordless", credential: "id_credential", data: "js_data" };
    window.allauth.webauthn.forms.addForm({ ids });
  }
  if (document.getElementById("mfa_webauthn_authenticate")) {
    const ids = { authenticate: "mfa_webauthn_authenticate", credential: "id_credential", data: "js_data" };
    window.allauth.webauthn.forms.authenticateForm({ ids });
  }
});

let asked;
document.addEventListener("click", (event) => { asked = event.target.closest("button") ?? asked; });
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const failed = document.getElementById("passkey_failed");
  failed.hidden = true;
  for (const says of failed.querySelectorAll("[data-at]")) says.hidden = (says.dataset.at === "number") !== isNumber;
  asked?.before(failed);
  failed.hidden = false;
});
