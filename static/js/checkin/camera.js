// The camera: started by a tap, stopped when nobody looks, started again when it stops by itself. In self check-in it
// starts alone.
//
// What it sees is read by `reader` and judged by `sight`; this file has the camera, its buttons and what they say.
"use strict";

(() => {
  const section = document.getElementById("camera");
  const main = document.getElementById("main");
  // People hold their tickets before the screen of a stand; staff hold the tablet before the tickets.
  const isStand = main.classList.contains("kiosk");
  const FACING = isStand ? "user" : "environment";
  const CHOICE = "checkin-camera"; // "on" or "away"
  const DEVICE = isStand ? "checkin-stand-device" : "checkin-camera-device";
  const RESTART_AFTER = 1000; // milliseconds
  const RESTARTS = 5;
  const STAND_AGAIN = 5000; // milliseconds
  // Fifteen pictures a second find a code as soon as thirty do, and the battery lasts the day.
  const BETWEEN_FRAMES = 60;

  const video = section.querySelector("video");
  const words = section.querySelector("[data-words]").dataset;
  const button = (name) => section.querySelector(`[data-camera="${name}"]`);
  let stream = null;
  let isWanted = false;
  let attempt = 0; // a newer start or stop makes an older start void
  let restarts = 0;
  let lastFrame = 0;
  let isMirrored = false;

  const remembered = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const remember = (key, value) => {
    try {
      localStorage.setItem(key, value);
    } catch {
      // Storage is off: the choice lasts as long as the page.
    }
  };

  const show = (state, says = "") => {
    section.dataset.state = state;
    section.querySelector("[data-says]").textContent = says;
    button("start").querySelector("span").textContent = state === "failed" ? words.again : words.start;
  };

  // --- Starting and stopping --------------------------------------------------------------------------------------
  // The camera that was chosen before; where none was, or where it is gone, the one at the back, or of a stand at its front.
  const ask = async () => {
    const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
    const device = remembered(DEVICE);
    try {
      if (device) return await navigator.mediaDevices.getUserMedia({ video: { ...size, deviceId: { exact: device } } });
    } catch (error) {
      if (error.name !== "OverconstrainedError" && error.name !== "NotFoundError") throw error;
    }
    return navigator.mediaDevices.getUserMedia({ video: { ...size, facingMode: { ideal: FACING } } });
  };

  const REASONS = {
    NotAllowedError: "refused",
    SecurityError: "refused",
    NotFoundError: "missing",
    OverconstrainedError: "missing",
    NotReadableError: "taken",
    AbortError: "taken",
  };

  const fail = (why) => {
    show("failed", words[why]);
    const mine = attempt;
    // Nobody is at a stand to try again. Who refused is not asked over and over.
    if (isStand && why !== "refused" && why !== "insecure") setTimeout(() => mine === attempt && !document.hidden && start(), STAND_AGAIN);
  };

  const start = async () => {
    isWanted = true;
    remember(CHOICE, "on");
    const mine = ++attempt;
    release();
    if (!isSecureContext || !navigator.mediaDevices?.getUserMedia) return fail("insecure");
    show("starting", words.starting);
    const opening = open(mine);
    try {
      const [opened] = await Promise.all([opening, reader.load(section.dataset)]);
      if (mine !== attempt) return undefined;
      stream = opened;
      video.srcObject = stream;
      await video.play();
      if (mine !== attempt) return undefined;
    } catch (error) {
      if (mine !== attempt) return undefined;
      release();
      // Nobody sees that it is on where codes cannot be read, also when it opens only now.
      opening.then(close, () => {});
      return fail(error.reason ?? REASONS[error.name] ?? "failed");
    }
    const [track] = stream.getVideoTracks();
    // Whoever sees themselves moves the ticket as before a mirror.
    isMirrored = (track.getSettings().facingMode ?? FACING) === "user";
    video.classList.toggle("mirrored", isMirrored);
    track.addEventListener("ended", again);
    track.addEventListener("mute", () => show("starting", words.taken));
    track.addEventListener("unmute", () => show("on"));
    show("on");
    await offer(track);
    return look(mine);
  };

  // A camera that opens after somebody has changed their mind is closed again at once.
  const open = async (mine) => {
    const opened = await ask();
    if (mine !== attempt) close(opened);
    return opened;
  };
  const close = (opened) => opened.getTracks().forEach((track) => track.stop());

  const release = () => {
    for (const track of stream?.getTracks() ?? []) {
      track.removeEventListener("ended", again);
      track.stop();
    }
    stream = null;
    video.srcObject = null;
  };

  const stop = () => {
    attempt += 1;
    release();
    show("off");
  };

  // The camera has gone by itself: unplugged, or taken by a call. Soon it may be back.
  const again = () => {
    if (!isWanted || document.hidden) return;
    restarts += 1;
    if (restarts > RESTARTS) {
      stop();
      fail("taken");
      return;
    }
    show("starting", words.starting);
    setTimeout(() => isWanted && !document.hidden && start(), RESTART_AFTER);
  };

  // --- Looking ----------------------------------------------------------------------------------------------------
  const look = (mine) => {
    if (mine !== attempt) return;
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(() => take(mine));
    else requestAnimationFrame(() => take(mine));
  };

  const take = async (mine) => {
    if (mine !== attempt) return;
    look(mine);
    const now = performance.now();
    if (reader.isBusy() || now - lastFrame < BETWEEN_FRAMES || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    lastFrame = now;
    const texts = await reader.read(video);
    if (mine !== attempt || texts === null) return;
    restarts = 0;
    sight.see(isMirrored ? texts.reverse() : texts, performance.now());
  };

  // --- Torch, and which camera ------------------------------------------------------------------------------------
  const cameras = async () => (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");

  const offer = async (track) => {
    const can = track.getCapabilities?.() ?? {};
    button("torch").hidden = !can.torch;
    button("torch").setAttribute("aria-pressed", "false");
    if (can.focusMode?.includes("continuous")) {
      await track.applyConstraints({ advanced: [{ focusMode: "continuous" }] }).catch(() => {});
    }
    button("switch").hidden = (await cameras().catch(() => [])).length < 2;
  };

  const switchTorch = async () => {
    const isOn = button("torch").getAttribute("aria-pressed") !== "true";
    const [track] = stream?.getVideoTracks() ?? [];
    try {
      await track.applyConstraints({ advanced: [{ torch: isOn }] });
      button("torch").setAttribute("aria-pressed", String(isOn));
    } catch {
      button("torch").hidden = true;
    }
  };

  const switchCamera = async () => {
    const all = await cameras();
    const now = stream?.getVideoTracks()[0]?.getSettings().deviceId;
    const next = all[(all.findIndex(({ deviceId }) => deviceId === now) + 1) % all.length];
    remember(DEVICE, next.deviceId);
    await start();
    if (section.dataset.state === "on") show("on", next.label);
  };

  // --- Taps, and who looks ----------------------------------------------------------------------------------------
  const fold = (isAway) => {
    main.classList.toggle("no-camera", isAway);
    if (!isAway) return;
    isWanted = false;
    stop();
    remember(CHOICE, "away");
  };

  const taps = {
    start,
    torch: switchTorch,
    switch: switchCamera,
    fold: () => fold(true),
    unfold: () => {
      fold(false);
      start();
    },
  };
  section.addEventListener("click", (event) => {
    const tapped = event.target.closest("[data-camera]");
    if (!tapped) return;
    restarts = 0;
    taps[tapped.dataset.camera]();
  });

  document.addEventListener("visibilitychange", () => {
    if (!isWanted) return;
    if (document.hidden) stop();
    else start();
  });
  window.addEventListener("pagehide", () => stop());
  window.addEventListener("pageshow", (event) => event.persisted && isWanted && start());

  // At a stand for self check-in nobody is there to tap after it was switched on. Browsers that do not say whether the
  // camera is allowed may ask again, where it was on before.
  const startAtStand = async () => {
    const asked = navigator.permissions?.query({ name: "camera" }).then(({ state }) => state === "granted");
    if (await asked?.catch(() => choice === "on")) start();
  };

  const choice = remembered(CHOICE);
  fold(choice === "away");
  if (isStand && choice !== "away") {
    startAtStand();
  } else if (choice === "on") {
    // It was on before this load; the browser wants a tap for the sounds, and any will do.
    show("off", words.resume);
    const begin = (event) => {
      document.removeEventListener("click", begin, true);
      if (!event.target.closest("[data-camera]") && !main.classList.contains("no-camera") && !isWanted) start();
    };
    document.addEventListener("click", begin, true);
  }
})();
