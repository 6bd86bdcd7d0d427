// What this tablet keeps in IndexedDB, and nothing of it elsewhere:
//
//   scans   one record a scan that the server may not have, or that the list does not know yet; no names of attendees
//   lists   for each checkpoint what the list is: cursor, rules, age, whose it is; and in `people` its rows as one text,
//           because 100,000 records of their own take seconds to write
//   places  for each conference where and who this tablet is, for a start without the network
//
// A new version adds stores in `upgrade` and leaves `scans` alone: what waits there must reach the server.
"use strict";

const store = (() => {
  const NAME = "lanyard-checkin";
  const VERSION = 1;
  // Some browsers never answer after they were long in the background, and another tab may hold a store for ever: whoever
  // stands at the door is told within seconds.
  const OPENS_WITHIN = 4_000;
  const RUNS_WITHIN = 4_000;
  const LIST_WITHIN = 15_000; // 100,000 people on a slow tablet
  const SAME_ANSWER = 1_000; // for those that wait one after the other, so that their waits do not add up
  let opening = null;
  let isClosed = false;

  const upgrade = (database, from) => {
    if (from < 1) {
      database.createObjectStore("scans", { keyPath: "number", autoIncrement: true }).createIndex("id", "id", { unique: true });
      database.createObjectStore("lists", { keyPath: "key" });
      database.createObjectStore("people");
      database.createObjectStore("places", { keyPath: "slug" });
    }
  };

  const openAs = (version) =>
    new Promise((resolve, reject) => {
      const request = indexedDB.open(NAME, version);
      const timer = setTimeout(() => reject(new Error("IndexedDB does not answer")), OPENS_WITHIN);
      request.onupgradeneeded = (event) => upgrade(request.result, event.oldVersion);
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        clearTimeout(timer);
        const database = request.result;
        // A newer page in another tab must not wait for this one, which opens it anew when it needs it.
        database.onversionchange = () => (database.close(), (opening = null));
        database.onclose = () => (opening = null);
        resolve(database);
      };
    });

  const open = () => {
    opening ??= openAs(VERSION).catch((error) => {
      // After a deploy was taken back the stores are newer than this page; what it knows is still in them.
      if (error.name === "VersionError") return openAs(undefined);
      throw error;
    });
    const made = opening;
    made.catch(() => setTimeout(() => opening === made && (opening = null), SAME_ANSWER));
    return opening;
  };

  const begin = async (names, mode) => {
    const options = { durability: mode === "readwrite" ? "strict" : "default" };
    if (isClosed) throw new Error("signed out");
    try {
      return (await open()).transaction(names, mode, options);
    } catch (error) {
      if (error.name !== "InvalidStateError") throw error;
      opening = null; // the connection was lost in the background
      return (await open()).transaction(names, mode, options);
    }
  };

  // Resolves when the transaction is on the disk, to what the request answered; rejects when nothing of it is, or when that
  // is not known in time: then it is taken back, unless it was already on its way to the disk.
  const run = async (names, mode, work, within = RUNS_WITHIN) => {
    const transaction = await begin(names, mode);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error("IndexedDB does not answer"));
        try {
          transaction.abort();
        } catch {
          // On its way to the disk.
        }
      }, within);
      const end = (act, given) => (clearTimeout(timer), act(given));
      transaction.oncomplete = () => end(resolve, request?.result);
      transaction.onabort = () => end(reject, transaction.error ?? new Error("aborted"));
      let request = null;
      try {
        request = work(...names.map((name) => transaction.objectStore(name)));
      } catch (error) {
        transaction.abort();
        reject(error);
      }
    });
  };

  // --- Scans ----------------------------------------------------------------------------------------------------------
  // One that is there may be of a try of which nobody knew in time.
  const addScan = (scan) =>
    run(["scans"], "readwrite", (scans) => scans.add(scan)).catch((error) => {
      if (error.name !== "ConstraintError") throw error;
      return changeScans([scan.id], scan);
    });

  const eachScan = (ids, act) =>
    run(["scans"], "readwrite", (scans) => {
      for (const id of ids) {
        const found = scans.index("id").openCursor(id);
        found.onsuccess = () => found.result && act(found.result);
      }
    });
  const changeScans = (ids, changes) => eachScan(ids, (cursor) => cursor.update({ ...cursor.value, ...changes }));
  const removeScans = (ids) => eachScan(ids, (cursor) => cursor.delete());

  // What the server is told of one.
  const told = ({ id, checkpoint, place, code, verdict, at, offset, by, method, rehearsal }) => ({ id, checkpoint, place, code, verdict, at, offset, by, method, rehearsal });

  // All of a conference, in the order they were made.
  const scans = async (slug) => (await run(["scans"], "readonly", (all) => all.getAll())).filter((scan) => scan.slug === slug);

  // Of every conference, those which the server has not answered.
  const unsent = async () => (await run(["scans"], "readonly", (all) => all.getAll())).filter((scan) => !scan.isSent);

  // --- The list -------------------------------------------------------------------------------------------------------
  const readList = async (key) => {
    const about = await run(["lists"], "readonly", (lists) => lists.get(key));
    const text = about && (await run(["people"], "readonly", (people) => people.get(key), LIST_WITHIN));
    return text ? { ...about, people: JSON.parse(text) } : null;
  };
  // Without `people` (their text) what is stored of them stays. Rejects where another tab was quicker and its list is newer.
  const writeList = (about, people) => {
    const write = (lists, texts) => {
      const found = lists.get(about.key);
      found.onsuccess = () => {
        const { owner, from } = found.result ?? {};
        if (owner === about.owner && Date.parse(from) > Date.parse(about.from)) return found.transaction.abort();
        lists.put(about);
        return people === undefined || texts.put(people, about.key);
      };
    };
    return run(["lists", "people"], "readwrite", write, LIST_WITHIN);
  };
  const lists = () => run(["lists"], "readonly", (all) => all.getAll());
  const dropLists = (keys) =>
    run(["lists", "people"], "readwrite", (heads, texts) => {
      for (const key of keys) {
        heads.delete(key);
        texts.delete(key);
      }
    });

  // --- The place ------------------------------------------------------------------------------------------------------
  const places = () => run(["places"], "readonly", (all) => all.getAll());
  const savePlace = (fields) => run(["places"], "readwrite", (places) => places.put(fields));

  // Everything but scans that wait: nothing of people is left.
  const wipe = () =>
    run(["scans", "lists", "people", "places"], "readwrite", (all, heads, texts, places) => {
      for (const one of [heads, texts, places]) one.clear();
      const cursor = all.openCursor();
      cursor.onsuccess = () => {
        if (!cursor.result) return;
        if (cursor.result.value.isSent) cursor.result.delete();
        cursor.result.continue();
      };
    });

  // Whoever was here has left: nothing that is still under way may write their list again.
  const close = () => (isClosed = true);

  return { addScan, changeScans, removeScans, told, scans, unsent, readList, writeList, lists, dropLists, places, savePlace, wipe, close };
})();
