// How long the places of an order are still held, counted down. The page says until when without it.
"use strict";

let shown = null;
let ends = [];
// The one stands still while a phone sleeps, the other is wrong when somebody sets it.
const clocks = () => [performance.now(), Date.now()];

const tick = () => {
  const place = document.querySelector("#held [data-seconds]");
  if (place !== shown) {
    shown = place;
    ends = place ? clocks().map((now) => now + 1000 * Number(place.dataset.seconds)) : [];
  }
  if (!place) return;
  const left = Math.max(0, Math.ceil(Math.min(...clocks().map((now, each) => ends[each] - now)) / 1000));
  if (left) place.querySelector("b").textContent = ` (${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")})`;
  else {
    place.dataset.said = "held";
    place.textContent = place.dataset.over;
    readOut();
  }
};

setInterval(tick, 1000);
document.addEventListener("DOMContentLoaded", tick);
document.addEventListener("htmx:afterSettle", tick);
