import { actionOf, isMac } from "../keys.js";
import { isShown } from "../lib/dom.js";

const FIELD = "input, textarea, select, [contenteditable]";
const OVER = "dialog[open], [popover]:popover-open, [data-drawer]";

/**
 * Whoever begins to type outside of every field writes a message: what they typed is in it.
 *
 * @param {HTMLTextAreaElement} field
 * @param {AbortSignal} signal ends it
 */
export function takeKeys(field, signal) {
  document.addEventListener(
    "keydown",
    (event) => {
      // The key itself follows the focus.
      if (writes(event) && isShown(field)) field.focus({ preventScroll: true });
    },
    { signal },
  );
}

/** @param {KeyboardEvent} event */
function writes(event) {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  // Some letters need Ctrl and Alt, or a key that says that it is both.
  const isCommand = (ctrlKey || metaKey || altKey) && !event.getModifierState("AltGraph");
  // Space scrolls, or presses what has the focus.
  if (event.defaultPrevented || isCommand || [...key].length !== 1 || key === " ") return false;
  if (actionOf(event, { mac: isMac(), typing: false })) return false;
  const inField = target instanceof Element && target.closest(FIELD);
  return !inField && !document.querySelector(OVER);
}
