// Practice codes: at a checkpoint in rehearsal each stands for a verdict, without the server as with it. They come with the
// page, so that its shell knows them too, and are nobody's ticket (registration/checkin/rehearsal.py).
"use strict";

const rehearsal = (() => {
  // The row and the decision as of somebody on the list; null for what is no practice code, or where there is no rehearsal.
  const practised = (read, checkpoint, moment) => {
    if (!decide.isRehearsal(checkpoint, moment)) return null;
    const { codes: known = [], apart, name, ticket } = place.here.practice ?? {};
    const meant = codes.fold(codes.clean(read));
    const found = known.find(({ code }) => codes.fold(code) === meant);
    if (!found || found.verdict === "unknown") return null;
    const { code, verdict, attention } = found;
    return {
      row: { code, name, ticket, attention },
      decision: {
        verdict,
        first: verdict === "already_admitted" ? moment - apart : null,
        opens: verdict === "not_open" ? moment + apart : null,
      },
    };
  };

  return { practised };
})();
