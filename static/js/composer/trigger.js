import { isInCode } from "../lib/code.js";

/**
 * A word that can be completed: from `start` to `end` in the text, with what follows its sign.
 *
 * @typedef {{sign: '@' | '#' | ':', query: string, start: number, end: number}} Trigger
 */

// A sign inside a word is part of an address, a time or an anchor.
const ASKING =
  /(?<![\p{L}\p{N}\p{M}_:/@#&.])(?:@[\p{L}\p{M}\p{N}_-]{0,32}|#[\p{L}\p{M}\p{N}_-]{0,40}|:[a-z0-9+][a-z0-9_+-]{1,30})$/iu;
const LONGEST = 42; // the most characters that ASKING matches, and the one before them

/**
 * The word at the caret, if it can be completed.
 *
 * @param {string} text
 * @param {number} caret
 * @returns {Trigger | null}
 */
export function triggerAt(text, caret) {
  const before = text.slice(Math.max(0, caret - LONGEST), caret);
  const [found] = ASKING.exec(before) ?? [];
  // With the caret in the middle of a word, it is being read, not written.
  if (!found || /^[\p{L}\p{N}_]/u.test(text.slice(caret, caret + 2))) return null;
  if (isInCode(text, caret)) return null;
  const sign = /** @type {Trigger['sign']} */ (found[0]);
  return { sign, query: found.slice(1), start: caret - found.length, end: caret };
}
