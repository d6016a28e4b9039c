const SHOWN_MS = 5000;
/** @type {any} */
let timer = null;

/** One short sentence about what was just done, or was not. @param {string} words */
export function say(words) {
  const toast = document.getElementById("toast");
  if (!toast) return;
  toast.textContent = words;
  toast.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => {
    toast.hidden = true;
  }, SHOWN_MS);
}
