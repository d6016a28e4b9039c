const NEAR_END = 100; // px: within this distance the reader follows the conversation

/**
 * Keeps the reader's place. At the end, the end stays in view; anywhere else, the text at the top
 * of the view stays put to the pixel while rows are added or removed above it and pictures load.
 * `overflow-anchor` won't do: Safari doesn't have it, and elsewhere it may anchor to a day
 * separator that moves.
 */
export class ScrollKeeper {
  following = true;
  /** @type {{element: Element, top: number} | null} */
  #anchor = null;
  /** The scroll position when the anchor was taken. */
  #at = 0;
  #scroller;
  #list;
  #canFollow;

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} list whose children are the rows
   * @param {() => boolean} canFollow false while the last row isn't the end of the conversation
   */
  constructor(scroller, list, canFollow) {
    this.#scroller = scroller;
    this.#list = list;
    this.#canFollow = canFollow;
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    const observer = new ResizeObserver(() => {
      this.#keep();
      this.#look(this.following);
    });
    observer.observe(scroller);
    observer.observe(list);
  }

  get fromEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  /** Change the rows and keep the place. @param {() => void} change */
  around(change) {
    // Loading the last page doesn't make a reader follow: what they are reading is at the end of
    // the rows, but the conversation goes on below.
    this.#look(this.following);
    change();
    // Nobody scrolls meanwhile: if the rows got shorter, the browser scrolled to what is left.
    this.#keep(0);
    this.#look();
  }

  toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#look();
  }

  /**
   * @param {Element} element
   * @param {number} share where in the view its top goes: 0 at the top, 0.5 in the middle
   */
  toElement(element, share) {
    const view = this.#scroller.getBoundingClientRect();
    const top = element.getBoundingClientRect().top - view.top;
    this.#scroller.scrollTop += top - view.height * share;
    this.#look();
  }

  /** The first row that is at least partly visible. @returns {Element | null} */
  firstSeen() {
    return this.#rowAt(this.#scroller.getBoundingClientRect().top);
  }

  /** The row in the middle of the view. @returns {Element | null} */
  middle() {
    const { top, height } = this.#scroller.getBoundingClientRect();
    return this.#rowAt(top + height / 2);
  }

  /** The last row that is entirely visible, or that fills the view. @returns {Element | null} */
  lastSeen() {
    const view = this.#scroller.getBoundingClientRect();
    const rows = this.#list.children;
    let at = this.#firstBelow(view.bottom) - 1;
    for (; at >= 0; at -= 1) {
      const { top, bottom } = rows[at].getBoundingClientRect();
      const fills = bottom > view.bottom && top < view.top + view.height / 2;
      if (bottom <= view.bottom + 8 || fills) break;
    }
    return rows[at] ?? null;
  }

  /**
   * A reader has left the end only if the view is higher than before; otherwise the page grew below
   * it.
   */
  #scrolled() {
    const { scrollTop } = this.#scroller;
    if (this.following && scrollTop >= this.#at) this.#at = scrollTop;
    else this.#look();
  }

  #look(mayFollow = this.#canFollow()) {
    this.#at = this.#scroller.scrollTop;
    this.following = mayFollow && this.fromEnd <= NEAR_END;
    this.#anchor = this.following ? null : this.#findAnchor();
  }

  /** @param {number} [scrolled] by the reader in this very frame, which must not be undone */
  #keep(scrolled = this.#scroller.scrollTop - this.#at) {
    if (this.following && scrolled < 0 && this.fromEnd > NEAR_END) {
      this.following = false;
    } else if (this.following) {
      this.#scroller.scrollTop = this.#scroller.scrollHeight;
    } else if (this.#anchor?.element.isConnected) {
      const expected = this.#anchor.top - scrolled;
      const moved = this.#anchor.element.getBoundingClientRect().top - expected;
      if (moved !== 0) this.#scroller.scrollTop += moved;
    }
  }

  /** The text, not the row: when a row above joins its group, its head goes away. */
  #findAnchor() {
    const view = this.#scroller.getBoundingClientRect();
    const rows = this.#list.children;
    for (let at = Math.max(0, this.#firstBelow(view.top) - 1); at < rows.length; at += 1) {
      const element = rows[at].querySelector(".message__body");
      if (!element) continue;
      const { top, bottom } = element.getBoundingClientRect();
      if (bottom > view.top) return { element, top };
    }
    return null;
  }

  /** The row at y, or the one below it. @param {number} y */
  #rowAt(y) {
    const rows = this.#list.children;
    const next = this.#firstBelow(y);
    const row = rows[next - 1];
    return (row && row.getBoundingClientRect().bottom > y ? row : rows[next]) ?? null;
  }

  /** The index of the first row that starts below y. @param {number} y */
  #firstBelow(y) {
    const rows = this.#list.children;
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle].getBoundingClientRect().top < y) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
