import { isInCode } from "../lib/code.js";

// Adjacent shortcodes count one by one. Next to a letter, a digit or another colon it is a time, a
// path or C++. Scripts without spaces between words have none around emoji either.
const UNPARTED =
  "\\u{1100}-\\u{11ff}\\u{2e80}-\\u{9fff}\\u{a960}-\\u{a97f}\\u{ac00}-\\u{d7ff}\\u{f900}-\\u{faff}" +
  "\\u{ff00}-\\u{ffef}\\u{20000}-\\u{3ffff}";
const LETTER = `(?![${UNPARTED}])[\\p{L}\\p{N}_]`;
const CODE = ":[a-zA-Z0-9+\\-][a-zA-Z0-9_+\\-]{0,40}:";
const CODES = new RegExp(`(?<!${LETTER})(?<!:)(?:${CODE})+(?!:|${LETTER})`, "gu");
const ONE = new RegExp(CODE, "gu");
const LAST = new RegExp(`(?<!${LETTER})(?<!:)${CODE}$`, "u");

/**
 * Replace shortcodes with their emoji, as rooms/text/shortcodes.py does; code stays as it is.
 *
 * @param {string} text
 * @param {(code: string) => string | undefined} emojiOf
 */
export function spelledOut(text, emojiOf) {
  return text.replace(CODES, (row, at) =>
    isInCode(text, at)
      ? row
      : row.replace(ONE, (code) => emojiOf(code.slice(1, -1).toLowerCase()) ?? code),
  );
}

/**
 * An emoji as it is inserted between two texts: a `:name:` must not touch a word.
 *
 * @param {string} emoji
 * @param {string} before
 * @param {string} after
 */
export function spaced(emoji, before, after) {
  if (!emoji.startsWith(":")) return emoji;
  const gap = /(?:^|\s)$/.test(before) ? "" : " ";
  return `${gap}${emoji}${/^\s/.test(after) ? "" : " "}`;
}

/**
 * A text without code, in parts: what stands for each shortcode, and what is between them.
 *
 * @template Part
 * @param {string} text
 * @param {(code: string) => Part} partOf
 * @returns {(string | Part)[]}
 */
export function partsOf(text, partOf) {
  /** @type {(string | Part)[]} */
  const parts = [];
  let end = 0;
  for (const { 0: row, index: from } of text.matchAll(CODES))
    for (const { 0: code, index } of row.matchAll(ONE)) {
      parts.push(text.slice(end, from + index), partOf(code.slice(1, -1).toLowerCase()));
      end = from + index + code.length;
    }
  return [...parts, text.slice(end)];
}

/** The shortcode at the end of a text, with its colons, or an empty string. @param {string} text */
export const codeAtEnd = (text) => LAST.exec(text)?.[0] ?? "";
