import { isShown } from "../lib/dom.js";

/**
 * The parts of the window in their order, and where the focus goes in each if it wasn't there
 * before. The last one is the content of a page that isn't a room.
 *
 * @type {[region: string, first: string][]}
 */
const REGIONS = [
  ["#sidebar", '.sidebar__rooms [aria-current="page"], .sidebar__rooms a, a'],
  [".app__header", "button, a"],
  ["chat-timeline", 'article[tabindex="0"], [data-part="rows"]'],
  ["chat-composer", "textarea, [data-part='closed'], button"],
  ["#members", ".member__open, button, a"],
  [".app__scroll", "input, a, button, summary"],
];

/** F6: from one part of the window to the next, and back to where the focus was in it. */
export class Regions {
  /** @type {WeakMap<Element, HTMLElement>} */ #last = new WeakMap();
  #page;

  /** @param {Document} page */
  constructor(page) {
    this.#page = page;
    const selectors = REGIONS.map(([selector]) => selector).join();
    page.addEventListener("focusin", ({ target }) => {
      const element = /** @type {HTMLElement} */ (target);
      const region = element.closest(selectors);
      if (region) this.#last.set(region, element);
    });
  }

  /** Those that can be seen and reached: not a closed drawer, nor what one covers. */
  get #all() {
    return REGIONS.flatMap(([selector, first]) => {
      const element = this.#page.querySelector(selector);
      const isOpen = element && isReachable(element) && !element.closest("[inert]");
      return isOpen ? { element, first } : [];
    });
  }

  /** @param {1 | -1} step */
  go(step) {
    const all = this.#all;
    const at = all.findIndex(({ element }) => element.contains(this.#page.activeElement));
    // From nowhere, forwards is the first and backwards the last.
    const from = at < 0 && step < 0 ? all.length : at;
    for (let n = 1; n <= all.length; n += 1) {
      const region = all.at((from + step * n) % all.length);
      if (region && this.#enter(region)) return;
    }
  }

  /** @param {{element: Element, first: string}} region */
  #enter({ element, first }) {
    const all = [
      this.#last.get(element),
      ...first.split(", ").map((one) => this.#find(element, one)),
    ];
    return all.some((goal) => {
      if (!goal || !element.contains(goal) || !isReachable(goal)) return false;
      goal.focus();
      return element.contains(this.#page.activeElement);
    });
  }

  /** @param {Element} element @param {string} selector @returns {HTMLElement | undefined} */
  #find(element, selector) {
    return /** @type {HTMLElement[]} */ ([...element.querySelectorAll(selector)]).find(isReachable);
  }
}

/** @param {Element} element */
function isReachable(element) {
  return isShown(element) && getComputedStyle(element).visibility === "visible";
}
