import { isInCode } from "./code.js";

// Codes that touch one another are several; beside a letter, a digit or a further colon it is a time,
// a path or C++. Scripts that don't part their words don't part an emoji from them either.
const UNPARTED =
  "\\u{1100}-\\u{11ff}\\u{2e80}-\\u{9fff}\\u{a960}-\\u{a97f}\\u{ac00}-\\u{d7ff}\\u{f900}-\\u{faff}" +
  "\\u{ff00}-\\u{ffef}\\u{20000}-\\u{3ffff}";
const LETTER = `(?![${UNPARTED}])[\\p{L}\\p{N}]`;
const CODE = ":[a-zA-Z0-9+\\-][a-zA-Z0-9_+\\-]{0,40}:";
const CODES = new RegExp(`(?<!${LETTER})(?<!:)(?:${CODE})+(?!:|${LETTER})`, "gu");
const ONE = new RegExp(CODE, "gu");
const LAST = new RegExp(`(?<!${LETTER})(?<!:)${CODE}$`, "u");

/**
 * A text with its emoji in place of their codes, as rooms/shortcodes.py writes it; code stays.
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

/** The code that a text ends with, with its colons; empty without one. @param {string} text */
export const codeAtEnd = (text) => LAST.exec(text)?.[0] ?? "";
