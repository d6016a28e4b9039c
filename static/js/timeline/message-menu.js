import { isShown, part } from "../lib/dom.js";
import { placeBeside } from "../lib/placing.js";

/** The rarer actions of the message toolbar: a list behind its last button, or part of the sheet. */
export class MessageMenu {
  #list;
  #button;
  #opened = new AbortController();

  /** @param {HTMLElement} toolbar */
  constructor(toolbar) {
    this.#list = part(toolbar, "menu");
    this.#button = /** @type {HTMLElement} */ (toolbar.querySelector('[data-action="menu"]'));
    this.#list.addEventListener("keydown", (event) => this.#key(event));
  }

  get isOpen() {
    return this.#list.matches(":popover-open");
  }

  /** In the sheet, its buttons are just there. */
  set isInline(/** @type {boolean} */ inline) {
    if (inline) this.#list.removeAttribute("popover");
    else this.#list.setAttribute("popover", "manual");
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.#open();
  }

  /** @param {object} [how] @param {boolean} [how.back] to the button that opened it */
  close({ back = false } = {}) {
    this.#opened.abort();
    if (!this.isOpen) return;
    this.#list.hidePopover();
    this.#button.ariaExpanded = "false";
    if (back) this.#button.focus();
  }

  #open() {
    this.#list.showPopover();
    placeBeside(this.#list, this.#button);
    this.#button.ariaExpanded = "true";
    this.#items[0]?.focus();
    this.#opened = new AbortController();
    const { signal } = this.#opened;
    for (const type of ["pointerdown", "focusin", "wheel"])
      document.addEventListener(type, ({ target }) => this.#leave(target), {
        capture: true,
        signal,
      });
  }

  /** @param {EventTarget | null} target */
  #leave(target) {
    const at = /** @type {Node} */ (target);
    // In Safari, a click on a button gives the focus to the message around it.
    if (!at.contains(this.#list) && !this.#list.contains(at) && !this.#button.contains(at))
      this.close();
  }

  get #items() {
    const buttons = [...this.#list.querySelectorAll("button")];
    return /** @type {HTMLElement[]} */ (buttons.filter(isShown));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const items = this.#items;
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
    const to = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (to === undefined || !this.isOpen) return;
    event.preventDefault();
    items.at(to % items.length)?.focus();
  }
}
