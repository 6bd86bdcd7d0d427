// The shell: this page as the service worker kept it, without a person, place or token in it. It is dressed in what the
// tablet knows, and again in what the server says as soon as it is back.
"use strict";

const shell = (() => {
  const AGAIN = 3_000;
  let isAsking = false;

  const dress = () => {
    const { here } = place;
    const name = place.called();
    const { title } = here;
    document.title = [title, name, here.conference].join(" · ");
    document.querySelector("h1").textContent = `${title}, ${name}`;
    document.querySelector(".where b").textContent = name;
    // A paired tablet has nobody to sign out; without the network its list would not come back either.
    if (here.tablet) document.querySelector("[data-actions]").replaceChildren();
    else dressForAccount();
    document.querySelector(".where bdi").textContent = here.shown;
    const form = document.getElementById("find");
    form.elements.checkpoint.value = here.checkpoint;
    form.dataset.shortest = here.shortest;
    const places = document.querySelector("[data-places]");
    const pattern = document.getElementById("place-link").content.firstElementChild;
    places.replaceChildren(
      ...here.checkpoints.map(({ id, name: text }) => {
        const line = pattern.cloneNode(true);
        const link = line.querySelector("a");
        link.href = `${here.urls.page}?checkpoint=${id}`;
        link.append(text);
        if (id === here.checkpoint) link.setAttribute("aria-current", "true");
        return line;
      }),
    );
  };

  // Nobody is asked who it is who has signed in.
  const dressForAccount = () => {
    document.querySelector(".where").removeAttribute("href");
    document.querySelector(".where span").replaceChildren(document.querySelector(".where bdi"));
  };

  // Nobody has used this tablet here, or somebody has signed out: there is nothing to go on with.
  const close = () => {
    const say = () => panel.show(document.getElementById("no-list-panel").innerHTML);
    // Whoever scans all the same hears it.
    queue.stop(() => {
      say();
      Object.assign(panel.current().dataset, { verdict: "not_saved", refuse: "" });
      feedback.give(panel.current());
    });
    say();
  };

  // The server is back. What it alone knows is put in, and the page goes on as it is: a scan may be under way.
  const undress = async () => {
    const url = `${place.here.urls.page}?checkpoint=${place.here.checkpoint}`;
    const response = await net.ask(url, {}, 10_000);
    if (!response?.ok || response.redirected) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    const setup = fresh.getElementById("setup");
    if (!setup) return;
    const given = JSON.parse(setup.dataset.setup);
    if (given.owner !== place.here.owner) return location.reload();
    place.change({ ...given, isShell: false });
    for (const part of ["[data-places]", "[data-actions]", ".where b", ".where bdi", "#last-scans", "#strips"]) {
      document.querySelector(part).replaceChildren(...fresh.querySelector(part).childNodes);
    }
    strip.show();
    document.getElementById("ready-panel").innerHTML = fresh.getElementById("ready-panel").innerHTML;
    const count = fresh.getElementById("count");
    document.getElementById("count").replaceWith(count);
  };

  // A page that fails to come is asked for until it does.
  const onceBack = async () => {
    if (isAsking || !place.here.isShell || net.isOffline()) return;
    isAsking = true;
    await undress().catch(() => {});
    isAsking = false;
    setTimeout(onceBack, AGAIN);
  };

  const start = () => {
    dress();
    document.addEventListener("checkin:network", onceBack);
  };

  return { start, close };
})();
