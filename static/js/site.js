// What every page needs: after a form was refused, the focus goes to the list of what to correct, or to the first field; a
// question before something goes; a form that is sent once; what has changed, read out; and the end of a sign-out that the
// network cut short.
"use strict";

const focusErrors = () => (document.getElementById("errors") ?? document.querySelector("[aria-invalid=true]"))?.focus();
document.addEventListener("DOMContentLoaded", focusErrors);
document.addEventListener("htmx:afterSettle", (event) => {
  // One field that was checked while somebody goes on to the next must not take the focus back.
  const asked = event.detail.requestConfig?.elt;
  if (asked?.matches("form")) focusErrors();
  // Nor may one whose choice was refused, but when it was put in place anew, the focus is nowhere.
  const anew = asked?.id && !asked.isConnected && document.getElementById(asked.id);
  if (anew && anew.ariaInvalid === "true" && document.activeElement === document.body) anew.focus();
});

// Readers of screens say what changes in a place that was there before, and not one that comes with its text. So what is to
// be said of a part that is drawn anew (`data-said`) is written into such a place when it is another than before.
let saidBefore = null;
const readOut = () => {
  const shown = [...document.querySelectorAll("[data-said]")].filter((part) => !part.closest("[hidden]"));
  const says = new Map(shown.map((part) => [part.dataset.said, part.textContent.trim().replace(/\s+/g, " ")]));
  const fresh = [...says].filter(([name, text]) => text && text !== saidBefore?.get(name)).map(([, text]) => text);
  const isFirst = saidBefore === null;
  saidBefore = says;
  if (!isFirst && fresh.length) document.getElementById("said").textContent = fresh.join(" · ");
};
document.addEventListener("DOMContentLoaded", readOut);
// After all others have heard of it, who may show or hide a part by it.
document.addEventListener("htmx:afterRequest", () => setTimeout(readOut));

// Before something goes it is asked once more.
document.addEventListener("click", (event) => {
  const question = event.target.closest("[data-confirm]")?.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// A form whose button is pressed twice is sent once: the second time it would meet what the first has made, and nobody sees
// the answer to the first. Scripts that send a form by themselves have prevented this event by now.
const SAME_PRESS = 3000;
const pressed = new WeakMap();
document.addEventListener("submit", (event) => {
  const form = event.target;
  // Not `form.method`: a field may be called so.
  if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
  const [button, says] = [event.submitter, JSON.stringify([...new FormData(form)])];
  const before = pressed.get(form);
  const isSame = before && before.button === button && before.says === says;
  if (isSame && event.timeStamp - before.at < SAME_PRESS) event.preventDefault();
  else pressed.set(form, { button, says, at: event.timeStamp });
});

// A tablet that signed out without the network (checkin/leave.js) finishes it with the first page that it gets: only the
// server can end the session, and nobody after may find it open.
const finishSignOut = async (address) => {
  document.documentElement.hidden = true;
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  const response = await fetch(address, { method: "POST", headers, signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error("not signed out");
  localStorage.removeItem("lanyard-signing-out");
  new BroadcastChannel("lanyard-leave").postMessage("told");
  location.replace(response.url);
};
try {
  const address = localStorage.getItem("lanyard-signing-out");
  if (address) finishSignOut(address).catch(() => (document.documentElement.hidden = false));
} catch {
  // Storage is off: nothing was noted.
}
