// Whether the server answers, and how it is asked. `navigator.onLine` is true also where only the server is away, so it
// decides nothing here: the last answer does.
"use strict";

const net = (() => {
  let token = document.querySelector("#find [name=csrfmiddlewaretoken]")?.value ?? "";

  const tell = () => document.dispatchEvent(new Event("checkin:network"));

  const isOffline = () => place.here.since !== null;

  // The server is there and wants nothing of this tablet any more; then the list says nothing either.
  const REFUSALS = new Set(["revoked", "forbidden", "unknown_conference"]);
  const isRefusal = (why) => REFUSALS.has(why);
  const isRefused = () => isRefusal(place.here.reason);

  // `why`: "network", "signed_out", or one of REFUSALS.
  const lost = (why = "network") => {
    if (place.here.reason === why || (why === "network" && isRefused())) return;
    place.change({ since: place.here.since ?? place.now(), reason: why });
    tell();
  };

  const found = () => {
    if (!isOffline()) return;
    place.change({ since: null, reason: null });
    tell();
  };

  // The response, or null when none came within `within` milliseconds. Never waits for ever: one request without an end
  // would hold up all that wait behind it.
  const ask = async (url, options, within) => {
    try {
      return await fetch(url, { ...options, signal: AbortSignal.timeout(within) });
    } catch {
      return null;
    }
  };

  // The shell starts without a token, and whoever signs in in another tab makes this one old: then once more with a new one.
  const post = async (url, body, headers, within) => {
    const send = () => ask(url, { method: "POST", body, headers: { ...headers, "X-CSRFToken": token } }, within);
    if (!token) await renew();
    const response = await send();
    return response?.status === 403 && (await renew()) === "ok" ? send() : response;
  };

  const json = (response) => response.json().catch(() => null);

  // A fresh token: "ok" when the server gave one, "none" when it does not answer, else why it gives none.
  const renew = async (within = place.here.answerWithin) => {
    const response = await ask(place.here.urls.token, { headers: { Accept: "application/json" } }, within);
    const said = response && (await json(response));
    if (said?.token) token = said.token;
    if (response?.ok && said?.token) return "ok";
    if (response?.status === 401) return "signed_out";
    return response?.status === 403 || response?.status === 404 ? (said?.error ?? "none") : "none";
  };

  const freshToken = async () => ((await renew()) === "ok" ? token : "");

  return { isOffline, isRefusal, isRefused, lost, found, ask, post, json, renew, freshToken };
})();
