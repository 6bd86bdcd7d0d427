// What is shown of a scan that this tablet decided by itself, and of a search without the server: the panels stand in
// the page as templates, in the reader's language; here they get their names and times.
"use strict";

const saved = (() => {
  const SHOWN = 64;

  // The template's content with `values` in its slots; what asks for a value that there is not is left out.
  const fill = (template, values) => {
    const content = template.content.cloneNode(true);
    for (const part of content.querySelectorAll("[data-if]")) {
      if (!values[part.dataset.if]) part.remove();
    }
    for (const slot of content.querySelectorAll("[data-slot]")) slot.textContent = values[slot.dataset.slot] ?? "";
    return content;
  };

  const html = (content) => {
    const holder = document.createElement("div");
    holder.append(content);
    return holder.innerHTML;
  };

  const template = (verdict) => document.querySelector(`template[data-offline="${CSS.escape(verdict)}"]`);

  const from = () => (roster.current() ? place.time(Date.parse(roster.current().from)) : "");

  // `first` is in milliseconds, as `decide` says it.
  const panelOf = (scan, row, { verdict, first, opens, left }) => {
    const { checkpoint } = roster.current();
    const isNamed = row && verdict !== "replaced";
    const opensAt = opens ?? (checkpoint.opens_at && Date.parse(checkpoint.opens_at));
    const isEarly = opensAt && scan.moment < opensAt;
    const content = fill(template(verdict), {
      seat: isNamed ? row.code : "",
      name: isNamed ? row.name : "",
      nameless: isNamed && !row.name,
      ticket: isNamed ? row.ticket : "",
      code: isNamed ? "" : scan.code.slice(0, SHOWN),
      attention: isNamed && row.attention,
      first: first ? place.time(first) : "",
      isEntry: !checkpoint.hands_out,
      isPiece: checkpoint.hands_out,
      left: checkpoint.hands_out && verdict === "admitted" && left !== undefined ? String(left) : "",
      opens: verdict === "not_open" && isEarly ? place.time(opensAt) : "",
      closed: verdict === "not_open" && !isEarly ? place.time(Date.parse(checkpoint.closes_at)) : "",
      rehearsal: scan.rehearsal,
      from: from(),
      who: (isNamed && row.name) || scan.code.slice(0, SHOWN),
      when: place.time(scan.moment),
    });
    const result = content.getElementById("result");
    result.dataset.scanId = scan.id;
    if (scan.rehearsal) result.dataset.rehearsal = "";
    if (isNamed && row.attention) result.dataset.attention = "";
    content.querySelector("li").id = `scan-${scan.id}`;
    content.querySelector("[data-pill]").remove();
    return html(content);
  };

  // What stands out most about the person, as a scan now would find it.
  const pillOf = (row, { verdict, first }) => {
    const { hands_out: isPiece } = roster.current().checkpoint;
    const name = verdict === "already_admitted" ? "in" : verdict === "admitted" || verdict === "not_open" ? "out" : verdict;
    const pill = fill(template(name), { first: first ? place.time(first) : "", isPiece, isEntry: !isPiece, left: row.left, isLeft: isPiece && row.left !== null, isEndless: isPiece && row.left === null }).querySelector("[data-pill]");
    return pill;
  };

  const searchOf = (query, { hits, hasMore }, shortest) => {
    const isTooShort = codes.countLetters(query) < shortest;
    const number = isTooShort ? 0 : hits.length;
    const content = fill(document.getElementById("offline-search"), {
      query, shortest, number, short: isTooShort, many: number && hasMore, one: number === 1 && !hasMore,
      some: number > 1 && !hasMore, none: !isTooShort && !number, from: from(),
    });
    const result = content.getElementById("result");
    result.dataset.query = query;
    const hits_ = content.querySelector("ul");
    const line = hits_.removeChild(hits_.querySelector("li"));
    for (const hit of isTooShort ? [] : hits) {
      const copy = line.cloneNode(true);
      copy.querySelector("[data-tap]").dataset.code = hit.row.code;
      for (const [slot, text] of Object.entries({ name: hit.row.name, ticket: hit.row.ticket, code: hit.row.code })) {
        // Where there is no name, the template's own word for that stays.
        if (text) copy.querySelector(`[data-hit="${slot}"]`).textContent = text;
      }
      copy.querySelector("button").append(pillOf(hit.row, hit.decision));
      hits_.append(copy);
    }
    if (!hits_.children.length) hits_.remove();
    return html(content);
  };

  return { panelOf, searchOf };
})();
