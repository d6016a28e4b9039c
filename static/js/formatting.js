import { letterOf } from "./lib/letter.js";

/**
 * The text between `start` and `end` gives way to `text`; then `from` to `to` is selected.
 *
 * @typedef {{start: number, end: number, text: string, from: number, to: number}} Edit
 * @typedef {{value: string, start: number, end: number}} Selection of a field
 * @typedef {keyof typeof MARKS | 'link'} Format
 */

// The server looks no further for the end of a link (rooms/markup.py).
const MAX_LINK = 800;
// What stands beside emphasis in scripts without spaces, where `_` would be part of a word.
const UNPARTED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]/u;
const MARKS = { bold: "**", italic: "_", code: "`", strike: "~~" };

/** With Ctrl, or ⌘ on a Mac. @type {Record<string, Format>} */
const KEYS = { b: "bold", i: "italic", e: "code", "shift+x": "strike", "shift+u": "link" };

/**
 * What this key makes of the selection.
 *
 * @param {Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'isComposing'>} event
 * @param {{mac: boolean}} where
 * @returns {Format | undefined}
 */
export function formatOf(event, { mac }) {
  const [mod, other] = mac ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey];
  if (!mod || other || event.altKey || event.isComposing) return undefined;
  return KEYS[(event.shiftKey ? "shift+" : "") + letterOf(event)];
}

/** Puts it on, or takes it off again. @param {Selection} selection @param {Format} format @returns {Edit} */
export function formatted(selection, format) {
  const tight = tightened(selection);
  if (format === "link") return linked(tight, "");
  const isBlock = format === "code" && tight.value.slice(tight.start, tight.end).includes("\n");
  if (isBlock) return fenced(tight);
  return marked(tight, format === "italic" ? italicMark(tight) : MARKS[format]);
}

/**
 * A link with the selection as its words. The caret goes where something is missing.
 *
 * @param {Selection} selection
 * @param {string} address
 * @returns {Edit}
 */
export function linked({ value, start, end }, address) {
  const words = value.slice(start, end);
  const text = `[${balanced(words) ? words : escaped(words)}](${destination(address)})`;
  const at = words ? start + text.length - 1 : start + 1;
  const caret = words && address ? start + text.length : at;
  return { start, end, text, from: caret, to: caret };
}

/** Whether pasting `pasted` over the selection makes a link of it. @param {Selection} selection @param {string} pasted */
export function makesLink({ value, start, end }, pasted) {
  const words = value.slice(start, end);
  const isAddress = (/** @type {string} */ text) => /^https?:\/\/[^\s<>]+$/i.test(text);
  const isShort = words.length + pasted.length < MAX_LINK - "[]()".length;
  return (
    words.trim() !== "" &&
    !words.includes("\n") &&
    isShort &&
    isAddress(pasted) &&
    !isAddress(words)
  );
}

/** An address as it stands in a link: a parenthesis without its other half would end it. @param {string} address */
const destination = (address) =>
  (balanced(address, "()")
    ? address
    : address.replaceAll("(", "%28").replaceAll(")", "%29")
  ).replaceAll("\\", "%5C");

/** @param {string} text @param {string} [pair] */
function balanced(text, [open, close] = "[]") {
  let depth = 0;
  for (const char of text) {
    depth += Number(char === open) - Number(char === close);
    if (depth < 0) return false;
  }
  return depth === 0;
}

/**
 * A text that is shown as it is wherever Markdown could stand. A backslash means something only before
 * what formats, and there none is needed inside of a word.
 *
 * @param {string} text
 */
export const escaped = (text) =>
  text.replace(/\\+(?=[*_~`[\]]|$)|[*~`[\]]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, (marks) =>
    marks.startsWith("\\") ? marks + marks : `\\${marks}`,
  );

/** @param {Selection} selection */
function italicMark({ value, start, end }) {
  const [before, after] = [value[start - 1] ?? "", value[end] ?? ""];
  const isOnAlready = before === "*" && after === "*" && value[start - 2] !== "*";
  const words = value.slice(start, end);
  if (isOnAlready || (/^\*[^*]/.test(words) && /[^*]\*$/.test(words))) return "*";
  return UNPARTED.test(before) || UNPARTED.test(after) ? "*" : MARKS.italic;
}

/** White space at its ends would keep the marks from meaning anything. @param {Selection} selection @returns {Selection} */
function tightened({ value, start, end }) {
  const words = value.slice(start, end);
  const bare = words.trim();
  if (!bare) return { value, start, end: start === end ? end : start };
  const from = start + words.indexOf(bare);
  return { value, start: from, end: from + bare.length };
}

/** @param {Selection} selection @param {string} mark @returns {Edit} */
function marked({ value, start, end }, mark) {
  const words = value.slice(start, end);
  const size = mark.length;
  if (isOn(words, mark) && words.length > 2 * size) {
    const text = words.slice(size, -size);
    return { start, end, text, from: start, to: start + text.length };
  }
  const around = value.slice(Math.max(0, start - size), end + size);
  if (around.length === words.length + 2 * size && isOn(around, mark)) {
    const at = start - size;
    return { start: at, end: end + size, text: words, from: at, to: at + words.length };
  }
  const text = mark + words + mark;
  return { start, end, text, from: start + size, to: start + size + words.length };
}

/** Several lines of code are a block, which stands alone. @param {Selection} selection @returns {Edit} */
function fenced({ value, start, end }) {
  const before = start === 0 || value[start - 1] === "\n" ? "" : "\n";
  const after = end === value.length || value[end] === "\n" ? "" : "\n";
  const text = `${before}\`\`\`\n${value.slice(start, end)}\n\`\`\`${after}`;
  const from = start + before.length + 4;
  return { start, end, text, from, to: from + end - start };
}

/** @param {string} text @param {string} mark */
const isOn = (text, mark) => text.startsWith(mark) && text.endsWith(mark);
