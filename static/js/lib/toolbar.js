import { isRightToLeft } from "./gettext.js";

/**
 * The toolbar pattern: one tab stop, and arrow keys from button to button.
 *
 * @param {HTMLElement} bar
 */
export function wireToolbar(bar) {
  const buttons = /** @type {HTMLElement[]} */ ([...bar.querySelectorAll("button")]);
  const stopAt = (/** @type {number} */ at) => {
    for (const [n, button] of buttons.entries()) button.tabIndex = n === at ? 0 : -1;
  };
  stopAt(0);
  bar.addEventListener("focusin", ({ target }) =>
    stopAt(buttons.indexOf(/** @type {HTMLElement} */ (target))),
  );
  bar.addEventListener("keydown", (event) => {
    const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
    if (altKey || ctrlKey || metaKey || shiftKey) return;
    const { length } = buttons;
    const at = buttons.indexOf(/** @type {HTMLElement} */ (event.target));
    const step = isRightToLeft ? -1 : 1;
    const steps = { ArrowRight: at + step, ArrowLeft: at - step, Home: 0, End: length - 1 };
    const to = steps[/** @type {keyof typeof steps} */ (key)];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    buttons[(to + length) % length].focus();
  });
}
