const LETTER_KEY = /^Key([A-Z])$/;

/**
 * The key of a short cut, a letter in lower case. Who writes Hebrew, Russian or Greek has no other
 * keys for Ctrl+K than those that write ל, л or κ: there it is what is printed in Latin on the
 * same key. A Latin letter is itself wherever it lies, and so is one with an accent.
 *
 * @param {{key: string, code?: string}} event
 */
export function letterOf({ key, code = "" }) {
  const isForeign = /^\p{L}$/u.test(key) && !/^\p{Script=Latin}$/u.test(key);
  const latin = isForeign ? LETTER_KEY.exec(code)?.[1] : undefined;
  return [...key].length === 1 ? (latin ?? key).toLowerCase() : key;
}
