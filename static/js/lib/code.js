/** The first line of a block of code: its marks, and what follows them. */
export const OPENING = /^ {0,3}(`{3,})([^`]*)$/;

/**
 * Whether and how a line closes a fence of this length: alone, or at the end of code.
 *
 * @param {string} line
 * @param {number} length
 * @returns {'' | 'line' | 'end'}
 */
export function closes(line, length) {
  const bare = line.replace(/[ \t]+$/, "");
  if (!bare.endsWith("`".repeat(length))) return "";
  const runs = [...bare.matchAll(/`+/g)].map(([run]) => run.length);
  const last = /** @type {number} */ (runs.at(-1));
  if (bare.replace(/^ +/, "").length === last) return /^ {0,3}`/.test(line) ? "line" : "";
  return last === length && runs.filter((run) => run === length).length === 1 ? "end" : "";
}

/**
 * Whether every fence from this line on is closed. If not, one of them closes the block that seemed
 * to end earlier.
 *
 * @param {string[]} lines
 * @param {number} from
 */
export function pairsOff(lines, from) {
  let length = 0;
  for (const line of lines.slice(from))
    if (!length) length = OPENING.exec(line)?.[1].length ?? 0;
    else if (closes(line, length)) length = 0;
  return length === 0;
}

/**
 * Whether these lines leave a code block open, by the rules of rooms/text/dialect.py.
 *
 * @param {string} text
 */
export function isFenceOpen(text) {
  const lines = text.split("\n");
  let length = 0;
  for (const [at, line] of lines.entries()) {
    if (!length) {
      length = OPENING.exec(line)?.[1].length ?? 0;
      continue;
    }
    const end = closes(line, length);
    if (end === "line" || (end && pairsOff(lines, at + 1))) length = 0;
  }
  return length !== 0;
}

/**
 * Whether a position is in code: in a fence, or after a '`' on the same line that isn't closed yet.
 *
 * @param {string} text
 * @param {number} at
 */
export function isInCode(text, at) {
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf("\n") + 1;
  if (isFenceOpen(before.slice(0, lineStart))) return true;
  let waiting = "";
  for (const [run] of before.slice(lineStart).matchAll(/`+/g)) {
    if (!waiting) waiting = run;
    else if (run === waiting) waiting = "";
  }
  return waiting !== "";
}
