const NEAR_END = 100; // px: closer than this, the reader follows the conversation

/**
 * Keeps a reader's place. Following the end, the end stays in view; anywhere else, the text at the
 * top of the view stays where it is to the pixel while rows come and go above it and pictures load.
 * By hand instead of by `overflow-anchor`: that is absent in Safari, and elsewhere it may pick as
 * anchor a day separator that moves.
 */
export class ScrollKeeper {
  following = true;
  /** @type {{element: Element, top: number} | null} */
  #anchor = null;
  /** Where the scroller stood when the anchor was taken. */
  #at = 0;
  #scroller;
  #list;
  #canFollow;

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} list its children are the rows
   * @param {() => boolean} canFollow false while the window's end is not the conversation's
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

  /** Changes the rows and keeps the place. @param {() => void} change */
  around(change) {
    // Who did not follow does not begin to because the last page has come: what they read now
    // stands at the end of the rows, but the conversation goes on below it.
    this.#look(this.following);
    change();
    // Nobody scrolls meanwhile: where the rows became shorter the browser has, to what is left.
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

  /** The first row of which something can be read. @returns {Element | null} */
  firstSeen() {
    return this.#rowAt(this.#scroller.getBoundingClientRect().top);
  }

  /** The row in the middle of the view. @returns {Element | null} */
  middle() {
    const { top, height } = this.#scroller.getBoundingClientRect();
    return this.#rowAt(top + height / 2);
  }

  /** The last row that can be read whole, or that fills the view. @returns {Element | null} */
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

  /** Only a reader who stands higher than before has left the end: else the page below has grown. */
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

  /** @param {number} [scrolled] by the reader in this very frame, which is not to be undone */
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

  /** The text, not the row: a row above may join its group, and then its head goes. */
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

  /** The row that covers y, or the one below it. @param {number} y */
  #rowAt(y) {
    const rows = this.#list.children;
    const next = this.#firstBelow(y);
    const row = rows[next - 1];
    return (row && row.getBoundingClientRect().bottom > y ? row : rows[next]) ?? null;
  }

  /** The index of the first row that begins below y. @param {number} y */
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
