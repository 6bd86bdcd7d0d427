// How a code that was typed or scanned is read, and how a name is made findable: the same rules as on the server
// (registration/attendee/access_code.py and search.py), so that both find the same person. No page is needed here.
"use strict";

const codes = (() => {
  const MAX_READ = 600;
  const MAX_BARCODE = 512;
  const TICKET_PATH = /^[a-z][a-z0-9+.-]*:\/\/[^/]+\/t\/([^/?#]+)\/?(?:[?#][^\n]*)?$/i;
  // What Python strips: the separators of files and records too, but no byte order mark.
  const AROUND = /^(?:(?!\ufeff)[\s\x1c-\x1f\x85])+|(?:(?!\ufeff)[\s\x1c-\x1f\x85])+$/g;
  const PLAIN = /^[\x20-\x7e]*$/;
  const FOLDED = { O: "0", I: "1", L: "1" };
  // Letters whose base form Unicode does not derive by decomposition, and Arabic ones that only some keyboards have.
  const LETTERS = {
    ł: "l", ø: "o", đ: "d", ð: "d", þ: "th", æ: "ae", œ: "oe", ı: "i", ħ: "h", ß: "ss", ς: "σ",
    "\u0649": "\u064a", "\u06cc": "\u064a", "\u06a9": "\u0643", "\u0629": "\u0647", "\u0671": "\u0627", "\u0640": "",
  };
  const APOSTROPHES = /['`\u00b4\u02b9\u02bb\u02bc\u02be\u02bf\u02c8\u2018\u2019\u201b\u2032\u05f3\uff07]/g;

  // Python counts characters, JavaScript pieces of them.
  const cut = (text, length) => (text.length <= length ? text : [...text].slice(0, length).join(""));

  const trimmed = (read) => cut(read.replace(AROUND, ""), MAX_BARCODE).replaceAll("\0", "");

  const clean = (read) => {
    let text = cut(read, MAX_READ * 2);
    if (!PLAIN.test(text)) text = text.normalize("NFKC").replace(/\p{Zs}/gu, " ").replace(/[\p{Cf}\p{Cc}\p{Cs}]/gu, "");
    text = text.replace(AROUND, "");
    return cut(TICKET_PATH.exec(text)?.[1] ?? text, MAX_READ);
  };

  // The access code that a cleaned one most likely means. Letters of another alphabet stay what they are.
  const fold = (code) => {
    const bare = code.replace(/[\s\x1c-\x1f\x85\-\u2010-\u2015\u2212_.]/g, "");
    return /^[\0-\x7f]*$/.test(bare) ? bare.toUpperCase().replace(/[OIL]/g, (letter) => FOLDED[letter]) : bare;
  };

  // Small letters without accents and apostrophes, one space between words.
  const searchable = (name) => {
    const text = name.replace(APOSTROPHES, "");
    if (PLAIN.test(text)) return text.toLowerCase().replace(/ {2,}/g, " ").trim();
    const bare = text.normalize("NFKD").toLowerCase().normalize("NFKD").replace(/[\p{Mn}\p{Cf}]/gu, "").normalize("NFC");
    const plain = bare.replace(/[łøđðþæœıħßς\u0649\u06cc\u06a9\u0629\u0671\u0640]/g, (letter) => LETTERS[letter]);
    return plain.replace(/[\u2010-\u2013\u2212]/g, "-").replace(/\s+/g, " ").trim();
  };

  // As `count_letters` of the server: a Chinese, Japanese or Korean character counts as two.
  const countLetters = (text) => {
    const bare = searchable(text).replaceAll(" ", "");
    return bare.length + (bare.match(/[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]/g)?.length ?? 0);
  };

  return { trimmed, clean, fold, searchable, countLetters };
})();
