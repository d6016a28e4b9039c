/** What takes text. */
export const FIELDS = "input, textarea, select, [contenteditable]";
export const TYPING_PAUSE_MS = 120; // between the last key and asking the server

/**
 * Whether the key belongs to an input method. Safari ends the composition before it reports the key
 * that ended it, with the keyCode 229.
 *
 * @param {KeyboardEvent} event
 */
export const isComposing = (event) => event.isComposing || event.keyCode === 229;

const LETTER_KEY = /^Key([A-Z])$/;

/**
 * The letter of a shortcut, in lower case. On a Hebrew, Russian or Greek layout the key of Ctrl+K
 * writes ל, л or κ: there it is the Latin letter that is printed on the same key. A Latin letter is
 * itself wherever it is on the keyboard, and so is one with an accent.
 *
 * @param {{key: string, code?: string}} event
 */
export function letterOf({ key, code = "" }) {
  const isForeign = /^\p{L}$/u.test(key) && !/^\p{Script=Latin}$/u.test(key);
  const latin = isForeign ? LETTER_KEY.exec(code)?.[1] : undefined;
  return [...key].length === 1 ? (latin ?? key).toLowerCase() : key;
}
