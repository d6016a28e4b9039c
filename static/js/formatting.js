import { letterOf } from "./lib/letter.js";

/**
 * The text between `start` and `end` gives way to `text`; then `from` to `to` is selected.
 *
 * @typedef {{start: number, end: number, text: string, from: number, to: number}} Edit
 * @typedef {{value: string, start: number, end: number}} Selection of a field
 * @typedef {keyof typeof MARKS | 'link'} Format
 */

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
  return isBlock ? fenced(tight) : marked(tight, MARKS[format]);
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
  const text = `[${words}](${address})`;
  const at = words ? start + words.length + 3 : start + 1;
  const caret = words && address ? start + text.length : at;
  return { start, end, text, from: caret, to: caret };
}

/** Whether pasting `pasted` over the selection makes a link of it. @param {Selection} selection @param {string} pasted */
export function makesLink({ value, start, end }, pasted) {
  const words = value.slice(start, end);
  const isAddress = (/** @type {string} */ text) => /^https?:\/\/[^\s<>]+$/i.test(text);
  return words.trim() !== "" && !words.includes("\n") && isAddress(pasted) && !isAddress(words);
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
