// Ids for what this tablet makes, each once, so that the server knows a repetition as one.
"use strict";

const ids = (() => {
  const make = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    // Plain http on another host than this one: the browser offers random numbers only.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };

  return { make };
})();
