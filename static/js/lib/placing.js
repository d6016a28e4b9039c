const GAP = 6; // pixels between what opens and its button

/**
 * Place a panel above the button that opened it if there is room, otherwise below it. Its style sheet
 * uses --left and --top.
 *
 * @param {HTMLElement} panel
 * @param {HTMLElement} anchor
 */
export function placeBeside({ offsetWidth: width, offsetHeight: height, style }, anchor) {
  const { left, right, top, bottom } = anchor.getBoundingClientRect();
  const x = left + width < innerWidth ? left : right - width;
  const y = top > height + 2 * GAP ? top - height - GAP : bottom + GAP;
  style.setProperty("--left", `${Math.max(GAP, Math.min(x, innerWidth - width - GAP))}px`);
  style.setProperty("--top", `${Math.max(GAP, Math.min(y, innerHeight - height - GAP))}px`);
}
