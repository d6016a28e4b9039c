import { isInCode } from "../lib/code.js";
import { NO_QUOTE } from "../markup/blocks.js";

const ITEM = /^(\s*)(?:([-*+])|(\d{1,3})([.)]))( +)|^(?:> ?)+/;

/**
 * What a new line starts with after a list item or a quoted line. Enter on an empty item ends the
 * list and removes its marker.
 *
 * @param {import('./formatting.js').Selection} selection
 * @returns {import('./formatting.js').Edit | null} null: a plain new line
 */
export function continued({ value, start, end }) {
  const lineStart = value.lastIndexOf("\n", start - 1) + 1;
  const line = value.slice(lineStart, start);
  const [head, indent = "", bullet = "", number, dot = "", gap = ""] = ITEM.exec(line) ?? [];
  if (start !== end || head === undefined || isInCode(value, start)) return null;
  if (!isQuoteOrItem(line)) return null;
  const rest = value.slice(start).split("\n", 1)[0];
  if (line === head && !rest.trim())
    return { start: lineStart, end: start, text: "", from: lineStart, to: lineStart };
  const mark = number === undefined ? bullet : `${Number(number) + 1}${dot}`;
  const text = `\n${mark ? indent + mark + gap : head}`;
  return { start, end, text, from: start + text.length, to: start + text.length };
}

/** Whether the server treats a line as a quote or a list item. @param {string} line */
export const isQuoteOrItem = (line) => ITEM.test(line) && !NO_QUOTE.test(line);
