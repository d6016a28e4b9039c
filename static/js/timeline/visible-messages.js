/** @typedef {import('../navigation/scroll-places.js').Place} Place */

/** The messages in view, by their numbers. */
export class VisibleMessages {
  #keeper;
  #timeline;

  /**
   * @param {import('../lib/scroll.js').ScrollKeeper} keeper
   * @param {import('./chat-timeline.js').ChatTimeline} timeline
   */
  constructor(keeper, timeline) {
    this.#keeper = keeper;
    this.#timeline = timeline;
  }

  /** At the top. */
  get first() {
    return numberOf(this.#keeper.firstSeen(), "nextElementSibling");
  }

  /** In the middle. */
  get middle() {
    return numberOf(this.#keeper.middle(), "previousElementSibling");
  }

  /** At the bottom; 0: none. */
  get last() {
    return numberOf(this.#keeper.lastSeen(), "previousElementSibling") ?? 0;
  }

  /** Where the reader is; null at the end. @returns {Place | null} */
  get place() {
    if (this.#keeper.following) return null;
    const number = this.first;
    const node = number === null ? null : this.#timeline.nodeNumbered(number);
    if (number === null || !node) return null;
    const { top } = this.#timeline.scroller.getBoundingClientRect();
    return { number, offset: Math.round(node.getBoundingClientRect().top - top) };
  }
}

/**
 * The number of a row's message, or of the nearest one on that side: separators have none.
 *
 * @param {Element | null} row
 * @param {'previousElementSibling' | 'nextElementSibling'} side
 */
function numberOf(row, side) {
  for (let node = row; node; node = node[side]) {
    const { number } = /** @type {HTMLElement} */ (node).dataset;
    if (number) return Number(number);
  }
  return null;
}
