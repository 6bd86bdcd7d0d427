// The list on the tablet: who has which code, found at once among 100,000, kept up by what changed.
//
// A row is what the server sent, an array; `columns` says what stands where. Rows are put in place by their code.
"use strict";

const list = (() => {
  const HITS = 20;
  // A name of three letters may be part of thousands; of so many the first of the alphabet are good enough.
  const LOOKED_AT = 2000;
  const CODE_PREFIX = 4;

  // `whole` is an answer of the server with `complete`, or what was stored of one: {cursor, checkpoint, columns, people, from}.
  const make = (whole) => {
    const rows = [...whole.people];
    const column = Object.fromEntries(whole.columns.map((name, place) => [name, place]));
    const { code: CODE, name: NAME, status: STATUS, imported_code: IMPORTED } = column;
    const places = new Map(); // code -> place in `rows`, retired codes too
    const imported = new Map();
    const self = { cursor: whole.cursor, checkpoint: whole.checkpoint, columns: whole.columns, from: whole.from };
    let loosely = null; // imported codes in small letters; a place, or -1 where they are several people
    let findable = []; // for each place its searchable name
    let joined = null;

    const put = (row, place) => {
      rows[place] = row;
      places.set(row[CODE], place);
      if (row[IMPORTED]) imported.set(row[IMPORTED], place);
    };
    rows.forEach(put);

    const isRetired = (place) => rows[place][STATUS] === "replaced";
    const viewed = (place) => (place === undefined ? null : Object.fromEntries(whole.columns.map((name, at) => [name, rows[place][at]])));

    const lowered = () => {
      loosely = new Map();
      for (const [code, place] of imported) {
        const lower = code.toLowerCase();
        loosely.set(lower, loosely.has(lower) ? -1 : place);
      }
      return loosely;
    };

    // The person's row by column names, or null. The order of the attempts is the server's (checkin/lookup.py).
    const find = (read) => {
      const trimmed = codes.trimmed(read);
      const cleaned = codes.clean(read);
      const folded = codes.fold(cleaned);
      const live = (code) => {
        const place = places.get(code);
        return place === undefined || isRetired(place) ? undefined : place;
      };
      const exact = live(trimmed) ?? imported.get(trimmed) ?? live(cleaned) ?? imported.get(cleaned) ?? live(folded);
      if (exact !== undefined) return viewed(exact);
      const alike = (loosely ?? lowered()).get(cleaned.toLowerCase());
      if (alike >= 0) return viewed(alike);
      return viewed(places.get(trimmed) ?? places.get(cleaned) ?? places.get(folded));
    };

    // Rows to put in place and codes to drop, as the server sent them.
    const apply = (delta) => {
      if (JSON.stringify(delta.columns) !== JSON.stringify(whole.columns)) throw new Error("other columns");
      for (const row of delta.people) {
        const place = places.get(row[CODE]) ?? rows.length;
        const before = rows[place];
        if (before?.[IMPORTED] && before[IMPORTED] !== row[IMPORTED] && imported.get(before[IMPORTED]) === place) imported.delete(before[IMPORTED]);
        if (before?.[IMPORTED] !== row[IMPORTED]) loosely = null;
        if (before?.[NAME] !== row[NAME] || before?.[STATUS] !== row[STATUS]) {
          joined = null;
          findable[place] = undefined; // made anew with it, and not before
        }
        put(row, place);
      }
      for (const code of delta.removed) {
        const place = places.get(code);
        if (place === undefined) continue;
        if (imported.get(rows[place][IMPORTED]) === place) imported.delete(rows[place][IMPORTED]);
        places.delete(code);
        rows[place] = undefined;
        findable[place] = "";
        loosely = joined = null;
      }
      Object.assign(self, { cursor: delta.cursor, checkpoint: delta.checkpoint, from: delta.server_now });
      return delta.people.length + delta.removed.length > 0;
    };

    // --- Search -----------------------------------------------------------------------------------------------------
    // One string of all names, a line each, so that one pass finds a part of any of them.
    const join = () => {
      const starts = new Uint32Array(rows.length + 1);
      rows.forEach((row, place) => {
        findable[place] ??= row && row[STATUS] !== "replaced" ? codes.searchable(row[NAME]) : "";
      });
      findable.length = rows.length;
      findable.forEach((name, place) => {
        starts[place + 1] = starts[place] + name.length + 1;
      });
      joined = { text: findable.join("\n"), starts };
      return joined;
    };

    const placeOf = (starts, position) => {
      let [low, high] = [0, starts.length - 1];
      while (low < high - 1) {
        const middle = (low + high) >> 1;
        if (starts[middle] <= position) low = middle;
        else high = middle;
      }
      return low;
    };

    // Whose names hold every word of `query`, or whose code begins with it: rows by the alphabet, and whether there are more.
    const search = (query) => {
      const words = codes.searchable(query).split(" ").filter(Boolean);
      if (!words.length) return { hits: [], hasMore: false };
      const { text, starts } = joined ?? join();
      const longest = words.reduce((one, other) => (other.length > one.length ? other : one));
      const found = new Set();
      for (let at = text.indexOf(longest); at >= 0 && found.size < LOOKED_AT; ) {
        const place = placeOf(starts, at);
        if (words.every((word) => findable[place].includes(word))) found.add(place);
        at = text.indexOf(longest, starts[place + 1]);
      }
      const code = codes.fold(codes.clean(query));
      if (code.length >= CODE_PREFIX) {
        for (const [one, place] of places) if (one.startsWith(code) && !isRetired(place)) found.add(place);
      }
      const sorted = [...found].sort((one, other) => (findable[one] < findable[other] ? -1 : 1));
      return { hits: sorted.slice(0, HITS).map(viewed), hasMore: sorted.length > HITS };
    };

    return Object.assign(self, { find, apply, search, people: () => rows.filter(Boolean), get size() { return places.size; } });
  };

  // The list of this tablet's checkpoint, for whoever only wants to know whether a text is somebody's ticket.
  let inUse = null;
  const use = (one) => (inUse = one);
  const has = (text) => Boolean(inUse?.find(text));

  return { make, use, has };
})();
