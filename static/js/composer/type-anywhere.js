import { isShown } from "../lib/dom.js";
import { FIELDS } from "../lib/keyboard.js";
import { actionOf, isMac } from "../navigation/keys.js";

const OVER = "dialog[open], [popover]:popover-open, [data-drawer]";

/**
 * Typing outside of any field starts a message with what was typed.
 *
 * @param {HTMLTextAreaElement} field
 * @param {AbortSignal} signal ends it
 */
export function typeAnywhere(field, signal) {
  document.addEventListener(
    "keydown",
    (event) => {
      // The key itself goes where the focus goes.
      if (writes(event) && isShown(field)) field.focus({ preventScroll: true });
    },
    { signal },
  );
}

/** @param {KeyboardEvent} event */
function writes(event) {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  // Some letters take Ctrl and Alt, or a key that reports both.
  const isCommand = (ctrlKey || metaKey || altKey) && !event.getModifierState("AltGraph");
  // Space scrolls, or presses the focused button.
  if (event.defaultPrevented || isCommand || [...key].length !== 1 || key === " ") return false;
  if (actionOf(event, { mac: isMac(), typing: false })) return false;
  const inField = target instanceof Element && target.closest(FIELDS);
  return !inField && !document.querySelector(OVER);
}
