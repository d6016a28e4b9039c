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
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
  };
  field.addEventListener("input", fit);
  fit();
}
