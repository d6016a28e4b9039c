import { isInCode } from "./code.js";

const ITEM = /^(\s*)(?:([-*+])|(\d{1,9})([.)]))( +)|^(?:> ?)+/;

/**
 * What a new line begins with after an item of a list, or after a quoted line. After an item with
 * nothing in it the list is over, and its mark goes.
 *
 * @param {import('./formatting.js').Selection} selection
 * @returns {import('./formatting.js').Edit | null} null: a plain new line
 */
export function continued({ value, start, end }) {
  const lineStart = value.lastIndexOf("\n", start - 1) + 1;
  const line = value.slice(lineStart, start);
  const [head, indent = "", bullet = "", number, dot = "", gap = ""] = ITEM.exec(line) ?? [];
  if (start !== end || head === undefined || isInCode(value, start)) return null;
  const rest = value.slice(start).split("\n", 1)[0];
  if (line === head && !rest.trim())
    return { start: lineStart, end: start, text: "", from: lineStart, to: lineStart };
  const mark = number === undefined ? bullet : `${Number(number) + 1}${dot}`;
  const text = `\n${mark ? indent + mark + gap : head}`;
  return { start, end, text, from: start + text.length, to: start + text.length };
}
