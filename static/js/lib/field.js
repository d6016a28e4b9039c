import { touch } from "./dom.js";
import { isComposing } from "./keyboard.js";

/**
 * Whether this key sends. Shift+Enter breaks the line; while an input method composes, Enter
 * chooses a word; touch keyboards have no Shift+Enter, so there Enter breaks the line and the
 * button sends.
 *
 * @param {KeyboardEvent} event
 */
export function wantsSend(event) {
  if (event.key !== "Enter" || event.shiftKey || event.altKey || isComposing(event)) return false;
  return !touch.matches || event.ctrlKey || event.metaKey;
}

/**
 * Keep a field as high as its text, within the limits of its style sheet.
 *
 * @param {HTMLTextAreaElement} field
 */
export function autosize(field) {
  if (CSS.supports("field-sizing", "content")) return;
  const fit = () => {
    const frame = field.parentElement;
    // The field is one line high while it is measured. Without a fixed frame the page would shrink
    // by as much, and the browser would scroll, as if the reader had.
    if (frame) frame.style.minHeight = `${frame.offsetHeight}px`;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
    if (frame) frame.style.minHeight = "";
  };
  for (const type of ["input", "change"]) field.addEventListener(type, fit);
  let width = -1;
  const observer = new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width === width) return; // only the height changed, which we set ourselves
    width = contentRect.width;
    fit();
  });
  observer.observe(field);
}

/** Length in characters, as the server counts, not in halves of an emoji. @param {string} text */
export const lengthOf = (text) => [...text].length;

/**
 * Type `text` over the range between `start` and `end`; the caret follows it.
 *
 * @param {HTMLTextAreaElement} field
 * @param {number} start
 * @param {number} end
 * @param {string} text
 */
export function replaceText(field, start, end, text) {
  field.focus({ preventScroll: true });
  field.setSelectionRange(start, end);
  // Deprecated, but the only way to change a field that the browser can undo.
  const done = text
    ? document.execCommand("insertText", false, text)
    : document.execCommand("delete");
  if (done) return;
  field.setRangeText(text, start, end, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

/** @param {HTMLTextAreaElement} field @param {import('../composer/formatting.js').Edit} edit */
export function applyEdit(field, { start, end, text, from, to }) {
  replaceText(field, start, end, text);
  field.setSelectionRange(from, to);
}

/** @param {HTMLTextAreaElement} field @returns {import('../composer/formatting.js').Selection} */
export function selectionOf({ value, selectionStart, selectionEnd }) {
  return { value, start: selectionStart, end: selectionEnd };
}
