import { FIELDS } from "../lib/keyboard.js";

const RESTS_MS = 450;
const SLOP = 10; // pixels: a finger never rests completely still
const OWN = "a, button, input, textarea, select, dialog"; // elements with a long press of their own
const OWN_TAP = `${OWN}, label, summary, [data-action]`;

/**
 * Call back when a finger rests on something in `element`, unless it starts to scroll, or taps it.
 *
 * @param {HTMLElement} element
 * @param {(target: Element) => boolean} open whether it handled the press
 */
export function onTouch(element, open) {
  /** @type {any} */
  let timer = null;
  let from = { x: 0, y: 0 };
  let isTaken = false;
  let isTap = false;
  const stop = () => clearTimeout(timer);
  element.addEventListener(
    "pointerdown",
    ({ pointerType, isPrimary, target, clientX, clientY }) => {
      stop();
      isTaken = false;
      isTap = false;
      if (pointerType !== "touch" || !isPrimary || !(target instanceof Element)) return;
      // While one writes, a tap beside the field only puts the keyboard away.
      isTap = !document.activeElement?.matches(FIELDS);
      if (target.closest(OWN)) return;
      from = { x: clientX, y: clientY };
      timer = setTimeout(() => {
        isTaken = open(target);
      }, RESTS_MS);
    },
  );
  element.addEventListener("click", ({ target }) => {
    if (isTap && !isTaken && target instanceof Element && !target.closest(OWN_TAP)) open(target);
  });
  element.addEventListener("pointermove", ({ clientX, clientY }) => {
    if (Math.hypot(clientX - from.x, clientY - from.y) > SLOP) stop();
  });
  for (const type of ["pointerup", "pointercancel"]) element.addEventListener(type, stop);
  // Lifting the finger must not press what appeared under it.
  element.addEventListener("touchend", (event) => isTaken && event.preventDefault());
  // Nor may the browser's own menu cover ours.
  element.addEventListener("contextmenu", (event) => {
    const { pointerType } = /** @type {PointerEvent} */ (event);
    const own = event.target instanceof Element && event.target.closest(OWN);
    if (pointerType === "touch" && !own) event.preventDefault();
  });
}
