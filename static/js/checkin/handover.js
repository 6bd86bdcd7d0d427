// On the pages of a device that may not check anybody in any more (registration/checkin/revoked.html) or is a stand for
// self check-in: its list is dropped, and the scans that it still has are handed over, for an organiser to decide. They
// leave it as the server answers them, and nobody has to do anything.
"use strict";

(async () => {
  const MOST = 200;
  const WITHIN = 15_000;
  const AGAIN = 20_000;
  const place = document.getElementById("handover");
  const { url, slug, keeps } = place.dataset;
  const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "Content-Type": "application/json" };

  const say = (name, number) => {
    for (const line of place.querySelectorAll("[data-says]")) line.hidden = line.dataset.says !== name;
    for (const slot of place.querySelectorAll("[data-slot]")) slot.textContent = number;
  };

  const waiting = async () => (await store.scans(slug).catch(() => [])).filter((scan) => !scan.isSent);

  // The ids that may leave the device: those that the server answered.
  const send = async (scans) => {
    const fields = scans.map(store.told);
    const body = JSON.stringify({ tablet: null, now: new Date().toISOString(), cursor: null, scans: fields });
    const response = await fetch(url, { method: "POST", body, headers, signal: AbortSignal.timeout(WITHIN) });
    const { results = [] } = await response.json();
    return results.map(({ id }) => id).filter((id) => scans.some((scan) => scan.id === id));
  };

  // There before its first text, so that this is read out.
  place.hidden = "quiet" in place.dataset;
  let given = 0;
  const run = async () => {
    for (let scans = await waiting(); scans.length; scans = await waiting()) {
      say("sending", scans.length);
      const answered = await send(scans.slice(0, MOST)).catch(() => []);
      const isGone = await store.removeScans(answered).then(() => answered.length > 0, () => false);
      if (!isGone) {
        say("waiting", scans.length);
        return setTimeout(run, AGAIN);
      }
      given += answered.length;
    }
    return given && say("sent", given);
  };

  await forget(keeps);
  await run();
})();
