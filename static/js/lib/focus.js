import { isShown } from "./dom.js";

/**
 * Makes a change that may take away or move what has the focus. Who works by keyboard would begin at
 * the top of the page again: instead the focus stays, or goes to the first of the others that takes
 * it, at the last to the page's content.
 *
 * @param {Element} within what the change is about: a focus elsewhere is not touched
 * @param {() => void} change
 * @param {...(Element | null | undefined | (() => Element | null | undefined))} others
 */
export function keepFocus(within, change, ...others) {
  const before = document.activeElement;
  const had = before !== null && within.contains(before);
  change();
  if (!had || (document.activeElement === before && isShown(before))) return;
  for (const other of [before, ...others, document.getElementById("main")]) {
    const goal = typeof other === "function" ? other() : other;
    if (!(goal instanceof HTMLElement) || !isShown(goal)) continue;
    goal.focus({ preventScroll: true });
    if (document.activeElement === goal) return;
  }
}
