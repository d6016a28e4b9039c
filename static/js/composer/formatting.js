import { letterOf } from "../lib/keyboard.js";

/**
 * The text between `start` and `end` is replaced by `text`; then `from` to `to` is selected.
 *
 * @typedef {{start: number, end: number, text: string, from: number, to: number}} Edit
 * @typedef {{value: string, start: number, end: number}} Selection of a field
 * @typedef {keyof typeof MARKS | keyof typeof PREFIXES | 'link' | 'fence'} Format
 */

// The server doesn't look further for the end of a link (rooms/text/markup.py).
const MAX_LINK = 800;
// Scripts without spaces, in which `_` next to a letter would be part of a word.
const UNPARTED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]/u;
const MARKS = { bold: "**", italic: "_", code: "`", strike: "~~" };
/** What a line starts with, and how that is recognised. */
const PREFIXES = {
  quote: { begins: () => "> ", already: /^> ?/ },
  list: { begins: () => "- ", already: /^[-*+] +/ },
  numbers: { begins: (/** @type {number} */ at) => `${at + 1}. `, already: /^\d{1,3}[.)] +/ },
};

/** With Ctrl, or ⌘ on a Mac. @type {Record<string, Format>} */
const KEYS = {
  b: "bold",
  i: "italic",
  e: "code",
  "shift+x": "strike",
  "shift+u": "link",
  "shift+Digit7": "numbers",
  "shift+Digit8": "list",
  "shift+Digit9": "quote",
};

/**
 * The format that a key applies, if any.
 *
 * @param {Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' |
 *   'isComposing'>} event
 * @param {{mac: boolean}} where
 * @returns {Format | undefined}
 */
export function formatOf(event, { mac }) {
  const [mod, other] = mac ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey];
  if (!mod || other || event.altKey || event.isComposing) return undefined;
  const shift = event.shiftKey ? "shift+" : "";
  return KEYS[shift + letterOf(event)] ?? KEYS[shift + event.code];
}

/**
 * Apply a format to the selection, or remove it.
 *
 * @param {Selection} selection
 * @param {Format} format
 * @returns {Edit}
 */
export function formatted(selection, format) {
  if (format in PREFIXES) return prefixed(selection, /** @type {keyof typeof PREFIXES} */ (format));
  const tight = tightened(selection);
  if (format === "fence") return fenced(tight);
  if (format === "link") return linked(tight, "");
  const isBlock = format === "code" && tight.value.slice(tight.start, tight.end).includes("\n");
  if (isBlock) return fenced(tight);
  const mark = MARKS[/** @type {keyof typeof MARKS} */ (format)];
  return marked(tight, format === "italic" ? italicMark(tight) : mark);
}

/**
 * Begin the selected lines as a quote or a list, or no longer.
 *
 * @param {Selection} selection
 * @param {keyof typeof PREFIXES} format
 * @returns {Edit}
 */
function prefixed({ value, start, end }, format) {
  const from = value.lastIndexOf("\n", start - 1) + 1;
  const to = value.indexOf("\n", end) < 0 ? value.length : value.indexOf("\n", end);
  const lines = value.slice(from, to).split("\n");
  const { begins, already } = PREFIXES[format];
  const isOn = lines.every((line) => already.test(line));
  const changed = lines.map((line, at) => (isOn ? line.replace(already, "") : begins(at) + line));
  const text = changed.join("\n");
  const caret = from + text.length;
  return { start: from, end: to, text, from: lines.length > 1 ? from : caret, to: caret };
}

/**
 * A link with the selection as its text. The caret goes to the part that is missing.
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

/**
 * Whether pasting `pasted` over the selection makes a link.
 *
 * @param {Selection} selection
 * @param {string} pasted
 */
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

/**
 * An address as written in a link, where an unbalanced parenthesis would end it.
 *
 * @param {string} address
 */
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
 * Escape a text so that Markdown shows it literally. A backslash only counts before a formatting
 * character, and inside a word none is needed.
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

/**
 * Exclude white space at both ends, next to which marks have no effect.
 *
 * @param {Selection} selection
 * @returns {Selection}
 */
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

/**
 * Several lines of code become a block, which needs lines of its own.
 *
 * @param {Selection} selection
 * @returns {Edit}
 */
function fenced({ value, start, end }) {
  const before = start === 0 || value[start - 1] === "\n" ? "" : "\n";
  const after = end === value.length || value[end] === "\n" ? "" : "\n";
  const text = `${before}\`\`\`\n${value.slice(start, end)}\n\`\`\`${after}`;
  const from = start + before.length + 4;
  return { start, end, text, from, to: from + end - start };
}

/** @param {string} text @param {string} mark */
const isOn = (text, mark) => text.startsWith(mark) && text.endsWith(mark);
