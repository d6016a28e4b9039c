import { clock as realClock } from "../lib/clock.js";

const PAUSE_MS = 800; // scrolling through a hundred messages reports a few times, not a hundred

const AGAIN_MS = 5000;

/**
 * Decides when a message counts as read: when it was on the screen while the page was visible and
 * focused. Not when it arrived, and not when a background tab drew it.
 */
export class ReadTracker {
  #read;
  #pending;
  #active = false;
  #onScreen = 0;
  /**
   * What was marked as unread stays unread: the newest message that came on the screen without the
   * reader's doing; null: nothing is held.
   *
   * @type {number | null}
   */
  #held = null;
  /** @type {any} */ #timer = null;
  #tell;
  #clock;

  /**
   * @param {{read: number, tell: (number: number) => void, clock?: import('../lib/clock.js').Clock}} start
   */
  constructor({ read, tell, clock = realClock }) {
    this.#read = read;
    this.#pending = read;
    this.#tell = tell;
    this.#clock = clock;
  }

  get isActive() {
    return this.#active;
  }

  /** The newest message that counts as read, whether or not the server knows. */
  get number() {
    return this.#pending;
  }

  /** @param {boolean} active visible and focused */
  setActive(active) {
    this.#active = active;
    this.#consider();
  }

  get isHeld() {
    return this.#held !== null;
  }

  /**
   * @param {number} number the newest message on the screen
   * @param {{moved?: boolean}} [how] moved: the reader scrolled
   */
  onScreen(number, { moved = false } = {}) {
    this.#onScreen = number;
    if (this.#held !== null && moved && number > this.#held) this.#held = null;
    if (this.#held !== null) this.#held = Math.max(this.#held, number);
    this.#consider();
  }

  /**
   * Marked as unread, here or in another tab. Being on the screen doesn't count as read then, since
   * the reader has already seen it. It does again when they scroll on to what comes after.
   *
   * @param {number} read the last message that still counts as read
   */
  hold(read) {
    this.#clock.cancel(this.#timer);
    this.#timer = null;
    this.#read = read;
    this.#pending = read;
    this.#held = this.#onScreen;
  }

  /** It wasn't marked after all. */
  release() {
    this.#held = null;
    this.#consider();
  }

  /** Read in another tab. @param {number} number */
  readElsewhere(number) {
    if (this.#held !== null && number >= this.#held) this.#held = null;
    this.#read = Math.max(this.#read, number);
    this.#pending = Math.max(this.#pending, number);
  }

  /**
   * The server didn't accept it (too fast, perhaps): report it again later.
   *
   * @param {number} number
   */
  untold(number) {
    if (this.#read === number) this.#read = number - 1;
    this.#clock.after(() => this.again(), AGAIN_MS);
  }

  /**
   * The room starts over, from a backup: its numbers may be lower than what was read.
   *
   * @param {number} read
   */
  restart(read) {
    this.#read = read;
    this.#pending = read;
    this.#onScreen = 0;
    this.#held = null;
  }

  /** The connection is back: what was read without it may not have been reported. */
  again() {
    if (this.#pending > this.#read) this.#schedule();
  }

  /** The page is going away: report what was read, now or never. */
  flush() {
    this.#clock.cancel(this.#timer);
    this.#say();
  }

  #consider() {
    if (!this.#active || this.#held !== null || this.#onScreen <= this.#pending) return;
    this.#pending = this.#onScreen;
    this.#schedule();
  }

  #schedule() {
    if (this.#timer !== null) return;
    this.#timer = this.#clock.after(() => this.#say(), PAUSE_MS);
  }

  #say() {
    this.#timer = null;
    if (this.#pending <= this.#read) return;
    this.#read = this.#pending;
    this.#tell(this.#read);
  }
}
