import { keepFocus } from "../lib/focus.js";
import { letterOf } from "../lib/letter.js";

const SHOWN_MS = 5000;
const OFFERED_SECONDS = 6;
const LEAST_MS = 2000; // left after a look at it, however long that took
const FIELD = "input, textarea, select, [contenteditable]";

/** @type {HTMLElement | null} */ let said = null;
/** @type {WeakMap<HTMLElement, EventTarget | null>} where the focus was before it came into a line */
const origins = new WeakMap();
/** @type {Set<object>} what can be undone, the latest last */ const undoable = new Set();
/** @type {any} */ let timer = null;

/** One short sentence about what was just done, or was not. @param {string} words */
export function say(words) {
  clearTimeout(timer);
  said?.remove();
  const line = lineOf(words);
  said = line;
  show(line);
  timer = setTimeout(() => hide(line), SHOWN_MS);
}

/**
 * Words with a way back, for a few seconds. Who points at it or has the focus in it stops the clock.
 *
 * @param {string} words
 * @param {object} offer
 * @param {string} offer.label
 * @param {() => void} offer.take
 * @param {() => void} [offer.over] nobody took it in time
 * @param {number} [offer.seconds]
 * @param {boolean} [offer.undoes] taking it undoes what was done last, as Ctrl+Z does
 * @returns {() => void} withdraws it; neither is called then
 */
export function offer(
  words,
  { label, take, over = () => {}, seconds = OFFERED_SECONDS, undoes = true },
) {
  const line = lineOf(words);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "toast__action";
  button.textContent = label;
  if (undoes) button.setAttribute("aria-keyshortcuts", "Control+Z");
  line.append(button);
  const end = new AbortController();
  const { signal } = end;
  const close = () => {
    countdown.pause();
    end.abort();
    undoable.delete(line);
    hide(line);
  };
  const answer = (/** @type {() => void} */ run) => {
    close();
    run();
  };
  const countdown = new Countdown(() => answer(over), seconds);
  button.addEventListener("click", () => answer(take), { signal });
  const key = (/** @type {KeyboardEvent} */ event) =>
    [...undoable].at(-1) === line && isUndo(event) && answer(take);
  if (undoes) undoable.add(line);
  document.addEventListener("keydown", key, { signal });
  for (const type of ["pointerenter", "pointerleave", "focusin", "focusout"]) {
    // After the event: only then the focus is where it goes.
    const look = () => countdown.run(!line.matches(":hover, :focus-within"));
    line.addEventListener(type, () => setTimeout(() => signal.aborted || look()), { signal });
  }
  show(line);
  countdown.run(true);
  return close;
}

/** Seconds that stand still now and then. */
class Countdown {
  #left;
  #since = 0;
  /** @type {any} */ #timer = null;
  #over;

  /** @param {() => void} over @param {number} seconds */
  constructor(over, seconds) {
    this.#left = seconds * 1000;
    this.#over = over;
  }

  /** @param {boolean} runs */
  run(runs) {
    if (!runs) return this.pause();
    if (this.#timer !== null) return;
    this.#since = Date.now();
    this.#timer = setTimeout(this.#over, this.#left);
  }

  pause() {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#left = Math.max(LEAST_MS, this.#left - (Date.now() - this.#since));
  }
}

/** In a field these keys undo what was typed. @param {KeyboardEvent} event */
function isUndo(event) {
  const inField = event.target instanceof Element && event.target.closest(FIELD);
  const pressed = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  const isTaken = event.defaultPrevented; // one thing at a time
  if (inField || isTaken || !pressed || letterOf(event) !== "z") return false;
  event.preventDefault();
  return true;
}

/** @param {string} words */
function lineOf(words) {
  const line = document.createElement("p");
  line.className = "toast__line";
  line.append(words, " ");
  line.addEventListener("focusin", ({ relatedTarget }) => {
    if (!line.contains(/** @type {Node | null} */ (relatedTarget)))
      origins.set(line, relatedTarget);
  });
  return line;
}

/** @param {HTMLElement} line */
function show(line) {
  const toast = document.getElementById("toast");
  toast?.append(line);
  if (toast) toast.hidden = false;
}

/** @param {HTMLElement} line */
function hide(line) {
  const toast = line.parentElement;
  const origin = origins.get(line);
  keepFocus(line, () => line.remove(), origin instanceof Element ? origin : null);
  if (toast) toast.hidden = toast.childElementCount === 0;
}
