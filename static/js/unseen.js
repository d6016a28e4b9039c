/**
 * What of a room the reader of this visit has yet to see: above the view, where the unread began,
 * and below it. Plain numbers; what is on the screen is told, and only while somebody looks at it.
 */
export class Unseen {
  /** The first message that was unread on arrival, wherever it lies; null: none. @type {number | null} */
  #from;
  /** Its place was on the screen, or the reader does not want to know. */
  #met = false;
  #reached;
  /** @type {number | null} */ #top = null;

  /** @param {{read: number, last: number}} room */
  constructor({ read, last }) {
    this.#from = last > read ? read + 1 : null;
    this.#reached = Math.max(read, 0);
  }

  /** @param {{first: number, last: number}} view the numbers at its top and at its bottom */
  look({ first, last }) {
    this.#top = first;
    this.#reached = Math.max(this.#reached, last);
    if (this.#from !== null && first <= this.#from && this.#from <= last) this.#met = true;
  }

  /** The unread begins here now. @param {number} number */
  begin(number) {
    this.#from = number;
    this.#met = false;
  }

  /** Read in another tab. @param {number} number */
  readElsewhere(number) {
    this.#reached = Math.max(this.#reached, number);
  }

  /** The room begins anew, and its numbers may be lower. @param {number} last */
  restart(last) {
    this.#reached = Math.min(this.#reached, last);
    if (this.#from !== null && this.#from > last) this.#from = null;
  }

  /**
   * Messages came while nobody looked. Whoever had read everything before is a new arrival.
   *
   * @param {number} first of them
   * @returns {boolean} whether this is where the unread begins now
   */
  came(first) {
    if (this.#reached < first - 1) return false;
    this.begin(first);
    return true;
  }

  /** The reader has been told. */
  dismiss() {
    this.#met = true;
  }

  get from() {
    return this.#from;
  }

  /** Unread messages that lie above the view and were passed over. */
  get above() {
    if (this.#met || this.#from === null || this.#top === null) return 0;
    return Math.max(0, this.#top - this.#from);
  }

  /** Messages that were not on the screen yet. @param {number} lastNumber of the room */
  below(lastNumber) {
    return Math.max(0, lastNumber - this.#reached);
  }
}
