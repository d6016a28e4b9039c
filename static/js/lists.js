import { isInCode } from "./code.js";

const ITEM = /^(\s*)(?:([-*+])|(\d{1,3})([.)]))( +)|^(?:> ?)+/;
// As in rooms/dialect.py: `>_<` is a face, `>=5` and `>100` compare.
const NO_QUOTE =
  /^>(?:[=\d]|(?:[_.oOwWuUvVxX\-~^/,;:*3]{1,5}[<>]|<|[:;][-'o^~]?[()[\]{}DPpOo03SsCc/\\|@*<>])(?![\p{L}\p{N}_]))/u;

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
  if (!isQuoteOrItem(line)) return null;
  const rest = value.slice(start).split("\n", 1)[0];
  if (line === head && !rest.trim())
    return { start: lineStart, end: start, text: "", from: lineStart, to: lineStart };
  const mark = number === undefined ? bullet : `${Number(number) + 1}${dot}`;
  const text = `\n${mark ? indent + mark + gap : head}`;
  return { start, end, text, from: start + text.length, to: start + text.length };
}

/** Whether the server takes a line for a quote or an item of a list. @param {string} line */
export const isQuoteOrItem = (line) => ITEM.test(line) && !NO_QUOTE.test(line.trimStart());
