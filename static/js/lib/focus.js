import { isShown } from "./dom.js";

/**
 * Make a change that may remove or move the focused element. Without this, keyboard users would
 * start over at the top of the page. The focus stays if it can; otherwise it goes to the first of
 * the others that accepts it, and finally to the page's content.
 *
 * @param {Element} within what the change affects: focus elsewhere is left alone
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
