import { backoffSeconds } from "../lib/backoff.js";
import { Emitter } from "../lib/emitter.js";

const PAGE = 50;
const AGAIN_ATTEMPT = 4; // a page that was refused is requested again within 8 s

/**
 * A room's past, a page at a time: more at the edges of the window, or another window. `draw` asks
 * for a redraw, which requests a refused page again.
 *
 * @extends {Emitter<{draw: null}>}
 */
export class RoomHistory extends Emitter {
  #loading = { before: false, after: false };
  /** Counts the reader's jumps. */
  #turn = 0;
  /** @type {any} */ #drawing = null;
  #left = false;
  #timeline;
  #ask;
  #changed;
  #clock;

  /**
   * @param {object} world
   * @param {import('./timeline.js').Timeline} world.timeline
   * @param {(command: import('../lib/types.js').Command, how?: {keep?: boolean}) => Promise<any>}
   *   world.ask about this room
   * @param {(change: import('./timeline.js').Change) => void} world.changed
   * @param {import('../lib/clock.js').Clock} world.clock
   */
  constructor({ timeline, ask, changed, clock }) {
    super();
    this.#timeline = timeline;
    this.#ask = ask;
    this.#changed = changed;
    this.#clock = clock;
  }

  /** @param {'before' | 'after'} direction @param {number} [limit] */
  async more(direction, limit = PAGE) {
    if (this.#left) return;
    const timeline = this.#timeline;
    const edge = direction === "before" ? timeline.messages[0] : timeline.messages.at(-1);
    const has = direction === "before" ? timeline.hasBefore : timeline.hasAfter;
    if (!edge || !has || this.#loading[direction]) return;
    this.#loading[direction] = true;
    try {
      const page = await this.#ask({ type: "history", [direction]: edge.number, limit });
      this.#changed(timeline.extend(direction, edge.number, page));
    } catch (error) {
      // Drawing requests it again, and happens by itself when the connection is back.
      const { code, retryAfter = 1 } = /** @type {any} */ (error);
      if (code !== "offline") this.#drawAfter(retryAfter + backoffSeconds(AGAIN_ATTEMPT));
    } finally {
      this.#loading[direction] = false;
    }
  }

  /** @param {number} seconds */
  #drawAfter(seconds) {
    this.#clock.cancel(this.#drawing);
    this.#drawing = this.#clock.after(() => this.emit("draw", null), seconds * 1000);
  }

  /**
   * @param {number} number
   * @param {number} [limit] of the page, if one has to be fetched
   * @param {{keep?: boolean}} [how] keep: offline, wait for a connection
   * @returns {Promise<boolean>} whether the message is in the window now
   */
  async goTo(number, limit = PAGE, how = {}) {
    this.#turn += 1;
    if (!this.#timeline.holds(number)) await this.#show({ around: number, limit }, how);
    return this.#timeline.holds(number);
  }

  /**
   * Messages beside one, for whoever looks further than the window, which stays.
   *
   * @param {'before' | 'after'} direction
   * @param {number} number
   * @param {number} limit
   * @returns {Promise<import('../lib/types.js').Page>}
   */
  beside(direction, number, limit) {
    return this.#ask({ type: "history", [direction]: number, limit });
  }

  /** The newest page, if the window is elsewhere. */
  async goToEnd() {
    this.#turn += 1;
    if (this.#timeline.hasAfter) await this.#show({ before: this.#timeline.lastNumber + 1 });
  }

  /**
   * Show a page; the last one requested wins.
   *
   * @param {{around?: number, before?: number, limit?: number}} which
   * @param {{keep?: boolean}} [how]
   */
  async #show({ limit = PAGE, ...which }, how) {
    const turn = this.#turn;
    const page = await this.#ask({ type: "history", ...which, limit }, how);
    if (turn === this.#turn) this.#changed(this.#timeline.show(page));
  }

  /**
   * @param {number} time in milliseconds
   * @returns {Promise<number | null>} the number of the first message written then or later
   */
  async firstSince(time) {
    const at = new Date(time).toISOString();
    const { messages } = await this.#ask({ type: "history", at, limit: 1 });
    const [first] = messages;
    return first && Date.parse(first.created_at) >= time ? first.number : null;
  }

  /** The visit is over. */
  leave() {
    this.#left = true;
    this.#clock.cancel(this.#drawing);
  }
}
