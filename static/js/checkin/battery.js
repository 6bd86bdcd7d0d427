// In percent, where the browser tells, else null.
"use strict";

const battery = async () => {
  const told = await navigator.getBattery?.().catch(() => null);
  return told ? Math.round(told.level * 100) : null;
};
