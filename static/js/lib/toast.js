import { keepFocus } from "./focus.js";
import { FIELDS, letterOf } from "./keyboard.js";

const SHOWN_MS = 5000;
const OFFERED_SECONDS = 6;
const LEAST_MS = 2000; // left after pointing at it, however long that took

/** @type {HTMLElement | null} */ let said = null;
/** @type {WeakMap<HTMLElement, EventTarget | null>} where the focus was before it entered a line */
const origins = new WeakMap();
/** @type {Set<object>} what can be undone, latest last */ const undoable = new Set();
/** @type {any} */ let timer = null;

/** Show a short sentence about what was just done, or failed. @param {string} words */
export function say(words) {
  clearTimeout(timer);
  said?.remove();
  const line = lineOf(words);
  said = line;
  show(line);
  timer = setTimeout(() => hide(line), SHOWN_MS);
}

/**
 * Show a sentence with a way back, for a few seconds. Pointing at it or focusing it stops the
 * clock.
 *
 * @param {string} words
 * @param {object} offer
 * @param {string} offer.label
 * @param {() => void} offer.take
 * @param {() => void} [offer.over] it wasn't taken in time
 * @param {number} [offer.seconds]
 * @param {boolean} [offer.undoes] taking it undoes the last action, like Ctrl+Z
 * @returns {() => void} withdraws the offer; then neither is called
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
    // After the event, when the focus has moved.
    const look = () => countdown.run(!line.matches(":hover, :focus-within"));
    line.addEventListener(type, () => setTimeout(() => signal.aborted || look()), { signal });
  }
  show(line);
  countdown.run(true);
  return close;
}

/** A countdown that can be paused. */
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

/** In a field, these keys undo typing. @param {KeyboardEvent} event */
function isUndo(event) {
  const inField = event.target instanceof Element && event.target.closest(FIELDS);
  const pressed = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  const isTaken = event.defaultPrevented; // one action at a time
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
