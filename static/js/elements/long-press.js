const RESTS_MS = 450;
const SLOP = 10; // pixels: no finger is ever still
const OWN = "a, button, input, textarea, select, dialog"; // what answers to a long press by itself

/**
 * Calls when a finger rests on something in `element`. A finger that begins to scroll does not.
 *
 * @param {HTMLElement} element
 * @param {(target: Element) => boolean} open whether the press was for this
 */
export function onLongPress(element, open) {
  /** @type {any} */
  let timer = null;
  let from = { x: 0, y: 0 };
  let isTaken = false;
  const stop = () => clearTimeout(timer);
  element.addEventListener(
    "pointerdown",
    ({ pointerType, isPrimary, target, clientX, clientY }) => {
      stop();
      isTaken = false;
      if (pointerType !== "touch" || !isPrimary || !(target instanceof Element)) return;
      if (target.closest(OWN)) return;
      from = { x: clientX, y: clientY };
      timer = setTimeout(() => {
        isTaken = open(target);
      }, RESTS_MS);
    },
  );
  element.addEventListener("pointermove", ({ clientX, clientY }) => {
    if (Math.hypot(clientX - from.x, clientY - from.y) > SLOP) stop();
  });
  for (const type of ["pointerup", "pointercancel"]) element.addEventListener(type, stop);
  // The finger that is lifted must not press what has come under it meanwhile.
  element.addEventListener("touchend", (event) => isTaken && event.preventDefault());
  // Nor shall the browser's own menu lie over ours.
  element.addEventListener("contextmenu", (event) => {
    const { pointerType } = /** @type {PointerEvent} */ (event);
    const own = event.target instanceof Element && event.target.closest(OWN);
    if (pointerType === "touch" && !own) event.preventDefault();
  });
}
