import { touch } from "./dom.js";

/**
 * Whether this key sends. Shift breaks the line; while an input method composes, Enter chooses a
 * word; on glass there is no Shift, so Enter breaks and the button sends.
 *
 * @param {KeyboardEvent} event
 */
export function wantsSend(event) {
  if (event.key !== "Enter" || event.shiftKey || event.altKey) return false;
  // keyCode 229: Safari ends the composition before it reports the key that ended it.
  if (event.isComposing || event.keyCode === 229) return false;
  return !touch.matches || event.ctrlKey || event.metaKey;
}

/**
 * A field as high as its text, within the limits of its style sheet.
 *
 * @param {HTMLTextAreaElement} field
 */
export function autosize(field) {
  if (CSS.supports("field-sizing", "content")) return;
  const fit = () => {
    const frame = field.parentElement;
    // The field is one line high while it is measured. Without its frame the page around it would
    // be so much shorter, too: the browser would scroll what is at its end, which looks as if the
    // reader had.
    if (frame) frame.style.minHeight = `${frame.offsetHeight}px`;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
    if (frame) frame.style.minHeight = "";
  };
  for (const type of ["input", "change"]) field.addEventListener(type, fit);
  let width = -1;
  const observer = new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width === width) return; // it is the height, which is ours
    width = contentRect.width;
    fit();
  });
  observer.observe(field);
}

/** In characters, as the server counts, and not in halves of an emoji. @param {string} text */
export const lengthOf = (text) => [...text].length;

/**
 * Types `text` over what stands between `start` and `end`; the caret follows it.
 *
 * @param {HTMLTextAreaElement} field
 * @param {number} start
 * @param {number} end
 * @param {string} text
 */
export function replaceText(field, start, end, text) {
  field.focus({ preventScroll: true });
  field.setSelectionRange(start, end);
  // Old, and the only way to write into a field that the browser can undo.
  const done = text
    ? document.execCommand("insertText", false, text)
    : document.execCommand("delete");
  if (done) return;
  field.setRangeText(text, start, end, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

/** @param {HTMLTextAreaElement} field @param {import('../formatting.js').Edit} edit */
export function applyEdit(field, { start, end, text, from, to }) {
  replaceText(field, start, end, text);
  field.setSelectionRange(from, to);
}

/** @param {HTMLTextAreaElement} field @returns {import('../formatting.js').Selection} */
export function selectionOf({ value, selectionStart, selectionEnd }) {
  return { value, start: selectionStart, end: selectionEnd };
}
