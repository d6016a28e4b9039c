import { giveUp } from "./unclear.js";

/** @typedef {import('./tree.js').Leaf} Leaf */
/** @typedef {{text?: string, leaf?: Leaf, tag?: string, opens?: boolean}} Token */
/** @typedef {{marker: string, length: number, token: number, end: number, open: boolean, close: boolean}} Delimiter */

/** What kind of character is next to a mark: as in rooms/text/dialect.py. */
const SPACE = 1;
const MARK = 2;
const CJK = 4;
const WORD = 8;
const DIGIT = 16;

// Only characters that every version of Unicode sorts alike; others are left to the server.
/** @type {[RegExp, number][]} */
const KINDS = [
  [/^[ \n]$/, SPACE],
  [/^[0-9]$/, WORD | DIGIT],
  [/^(?=[\0-\u06ff])\p{L}$/u, WORD],
  [/^(?=[\0-\u20bf])[\p{P}\p{S}]$/u, MARK],
  [/^[\u{1f300}-\u{1f3fa}\u{1f400}-\u{1f64f}\u{1f900}-\u{1f9ff}]$/u, MARK],
  [/^[\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]$/, CJK],
  [/^\ufe0f$/, 0],
];

/** @param {string} char */
function kindOf(char) {
  const known = KINDS.find(([pattern]) => pattern.test(char));
  return known ? known[1] : giveUp();
}

/** Whether it is a letter or digit of a script with spaces between words. @param {string} char */
export const isWord = (char) => (kindOf(char) & WORD) !== 0;

const FACES = new Set(["><", "<>"]);
const EYES = new Set("-^=;.'~@+<>°");

/**
 * The run of marks at a position, and whether it opens or closes emphasis.
 *
 * @param {string} src
 * @param {number} at
 * @param {number} limit
 */
export function runAt(src, at, limit) {
  const marker = src[at];
  let end = at;
  while (end < limit && src[end] === marker) end += 1;
  const length = end - at;
  const before = at === 0 ? " " : String.fromCodePoint(pointBefore(src, at));
  const after = end < limit ? String.fromCodePoint(src.codePointAt(end) ?? 0) : " ";
  const [last, next] = [kindOf(before), kindOf(after)];
  const left = !(next & SPACE) && (!(next & MARK) || (last & (SPACE | MARK | CJK)) !== 0);
  const right = !(last & SPACE) && (!(last & MARK) || (next & (SPACE | MARK | CJK)) !== 0);
  const around = { before, after, last, next, length, left, right };
  return {
    length,
    ...(marker === "*" ? stars(around) : marker === "_" ? lines(around) : tildes(around)),
  };
}

/** @param {string} src @param {number} at */
function pointBefore(src, at) {
  const [low, high] = [src.charCodeAt(at - 1), src.charCodeAt(at - 2)];
  const isPair = low >= 0xdc00 && low < 0xe000 && high >= 0xd800 && high < 0xdc00;
  return isPair ? /** @type {number} */ (src.codePointAt(at - 2)) : low;
}

/**
 * @typedef {{before: string, after: string, last: number, next: number, length: number, left: boolean,
 *   right: boolean}} Around
 */

/** A star between words multiplies, or is the German gender star. @param {Around} around */
function stars({ before, after, last, next, length, left, right }) {
  const closesBracket = ")]}".includes(before);
  if (last & WORD && next & WORD) {
    const isText = length === 1 || ((last | next) & DIGIT) !== 0;
    return { open: left && !isText, close: right && !isText };
  }
  if (length === 1 && (last & WORD || closesBracket) && "([{".includes(after)) {
    const isProduct = closesBracket || (last & DIGIT) !== 0;
    return { open: left && !isProduct, close: right && !isProduct };
  }
  if (length === 1 && closesBracket && next & DIGIT) return { open: false, close: false };
  return {
    open: left && after !== "/" && !(before === "/" && length === 1),
    close: right && before !== "/",
  };
}

/** Never inside a word, nor between the eyes of a face. @param {Around} around */
function lines({ before, after, last, next, left, right }) {
  if (FACES.has(before + after) || (before === after && EYES.has(before)))
    return { open: false, close: false };
  return {
    open: left && (!right || (last & MARK) !== 0),
    close: right && (!left || (next & MARK) !== 0),
  };
}

/** @param {Around} around */
const tildes = ({ left, right }) => ({ open: left, close: right });

/**
 * Pair the delimiters, as markdown-it does, and mark their tokens.
 *
 * @param {Token[]} tokens
 * @param {Delimiter[]} delimiters
 */
export function pair(tokens, delimiters) {
  match(delimiters);
  for (let n = delimiters.length - 1; n >= 0; n -= 1) {
    const opener = delimiters[n];
    if (opener.end < 0) continue;
    const closer = delimiters[opener.end];
    const [outer, beyond] = [delimiters[n - 1], delimiters[opener.end + 1]];
    const isStrong =
      opener.marker !== "~" &&
      outer?.end === opener.end + 1 &&
      outer.marker === opener.marker &&
      outer.token === opener.token - 1 &&
      beyond.token === closer.token + 1;
    const tag = opener.marker === "~" ? "s" : isStrong ? "strong" : "em";
    tokens[opener.token] = { tag, opens: true };
    tokens[closer.token] = { tag, opens: false };
    if (!isStrong) continue;
    tokens[outer.token] = tokens[beyond.token] = { text: "" };
    n -= 1;
  }
}

/** @param {Delimiter[]} delimiters */
function match(delimiters) {
  /** @type {Record<string, number[]>} */
  const bottoms = {};
  /** @type {number[]} */
  const jumps = [];
  let header = 0;
  let lastToken = -2;
  for (const [at, closer] of delimiters.entries()) {
    jumps.push(0);
    if (delimiters[header].marker !== closer.marker || lastToken !== closer.token - 1) header = at;
    lastToken = closer.token;
    if (!closer.close) continue;
    bottoms[closer.marker] ??= [-1, -1, -1, -1, -1, -1];
    const slot = (closer.open ? 3 : 0) + (closer.length % 3);
    const least = bottoms[closer.marker][slot];
    const from = header - jumps[header] - 1;
    let bottom = from;
    for (let n = from; n > least; n -= jumps[n] + 1) {
      const opener = delimiters[n];
      if (opener.marker !== closer.marker || !opener.open || opener.end >= 0) continue;
      if (isOdd(opener, closer)) continue;
      const jump = n > 0 && !delimiters[n - 1].open ? jumps[n - 1] + 1 : 0;
      jumps[at] = at - n + jump;
      jumps[n] = jump;
      closer.open = false;
      opener.end = at;
      opener.close = false;
      bottom = -1;
      lastToken = -2;
      break;
    }
    if (bottom !== -1) bottoms[closer.marker][slot] = bottom;
  }
}

/** The rule of three. @param {Delimiter} opener @param {Delimiter} closer */
const isOdd = (opener, closer) =>
  (opener.close || closer.open) &&
  (opener.length + closer.length) % 3 === 0 &&
  (opener.length % 3 !== 0 || closer.length % 3 !== 0);
