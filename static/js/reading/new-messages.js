/** @typedef {(first: number, last: number) => number | null} Readable */

/**
 * The messages of a room that this visit has yet to show: above the view, from where the unread
 * began, and below it. Works on plain numbers, and is only told what is on the screen while someone
 * is looking. Only readable messages count: `readable` returns how many there are between two
 * numbers, or null if not all of them are loaded.
 */
export class NewMessages {
  /** Where the unread begins, wherever that is; null: nowhere. @type {number | null} */
  #from;
  /**
   * How many messages could be read from there to `#until`; null: unknown.
   *
   * @type {number | null}
   */
  #unread;
  #until;
  /** That place was on the screen, or the reader dismissed it. */
  #met = false;
  #reached;
  /** @type {number | null} */ #top = null;
  #readable;

  /** @param {{read: number, last: number, unread: number, readable: Readable}} room */
  constructor({ read, last, unread, readable }) {
    this.#from = unread > 0 ? read + 1 : null;
    this.#unread = unread;
    this.#until = last;
    this.#reached = Math.max(read, 0);
    this.#readable = readable;
  }

  /** @param {{first: number, last: number}} view the numbers at its top and bottom */
  look({ first, last }) {
    this.#top = first;
    this.#reached = Math.max(this.#reached, last);
    if (this.#from !== null && first <= this.#from && this.#from <= last) this.#met = true;
  }

  /** The unread begins here now. @param {number} number @param {number} last of the room */
  begin(number, last) {
    this.#from = number;
    this.#until = last;
    this.#unread = this.#readable(number, last);
    this.#met = false;
  }

  /** A message was restored or deleted. @param {{number: number, step: 1 | -1}} message */
  turned({ number, step }) {
    if (this.#from === null || this.#unread === null) return;
    if (this.#from <= number && number <= this.#until) this.#unread += step;
  }

  /** Read in another tab. @param {number} number */
  readElsewhere(number) {
    this.#reached = Math.max(this.#reached, number);
  }

  /** The room starts over, and its numbers may be lower. @param {number} last */
  restart(last) {
    this.#reached = Math.min(this.#reached, last);
    if (this.#from !== null && this.#from > last) this.#from = null;
  }

  /**
   * Messages arrived while nobody was looking. If everything before them was read, the unread
   * starts over.
   *
   * @param {number} first of them
   * @param {number} last
   * @returns {boolean} whether the unread begins here now
   */
  came(first, last) {
    if (this.#reached < first - 1 && this.#readable(this.#reached + 1, first - 1) !== 0)
      return false;
    this.begin(first, last);
    return true;
  }

  /** The reader dismissed it. */
  dismiss() {
    this.#met = true;
  }

  get from() {
    return this.#from;
  }

  /** Unread messages above the view that were skipped. */
  get above() {
    if (this.#met || this.#from === null || this.#top === null) return 0;
    if (this.#top <= this.#from) return 0;
    const most = this.#top - this.#from;
    return Math.max(0, Math.min(most, this.#counted(this.#from, this.#top) ?? most));
  }

  /**
   * Messages that haven't been on the screen yet.
   *
   * @param {number} lastNumber of the room
   * @param {{read_number: number, unread: number}} [counted] what the list of rooms says about it
   */
  below(lastNumber, counted) {
    const here = this.#readable(this.#reached + 1, lastNumber);
    if (here !== null) return here;
    const most = Math.max(0, lastNumber - this.#reached);
    if (!counted) return most;
    const seen = this.#readable(counted.read_number + 1, this.#reached) ?? 0;
    return Math.max(0, Math.min(most, counted.unread - seen));
  }

  /** @param {number} from @param {number} top */
  #counted(from, top) {
    const here = this.#readable(from, top - 1);
    if (here !== null || this.#unread === null) return here;
    const isWithin = top <= this.#until;
    const rest = isWithin
      ? this.#readable(top, this.#until)
      : this.#readable(this.#until + 1, top - 1);
    if (rest === null) return this.#unread;
    return isWithin ? this.#unread - rest : this.#unread + rest;
  }
}
