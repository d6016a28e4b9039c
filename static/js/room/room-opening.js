import { backoffSeconds } from "../lib/backoff.js";
import { Emitter } from "../lib/emitter.js";

/** @typedef {import('../lib/types.js').RoomOpened} RoomOpened */

const GONE = new Set(["not_found", "not_member", "forbidden"]);

/**
 * Opens a room on the server, so that its events follow, and tries again with growing pauses while
 * the server can't read it. `away` says when the next attempt is (in milliseconds), then null.
 *
 * @extends {Emitter<{opened: {reply: RoomOpened, isStale: boolean}, gone: null, away: number | null}>}
 */
export class RoomOpening extends Emitter {
  #timeline;
  #ask;
  #isConnected;
  #clock;
  /** The database was restored: what this page knows is of another history. */
  #isStale = false;
  #attempts = 0;
  /** @type {any} */ #timer = null;
  #left = false;

  /**
   * @param {object} world
   * @param {import('../timeline/timeline.js').Timeline} world.timeline
   * @param {(command: {type: string, [field: string]: any}) => Promise<RoomOpened>} world.ask
   * @param {() => boolean} world.isConnected
   * @param {import('../lib/clock.js').Clock} world.clock
   */
  constructor({ timeline, ask, isConnected, clock }) {
    super();
    this.#timeline = timeline;
    this.#ask = ask;
    this.#isConnected = isConnected;
    this.#clock = clock;
  }

  /**
   * Catch up from the revision that the page has, or start over if the database is another one.
   *
   * @param {{fresh?: boolean}} [how]
   */
  async open({ fresh = false } = {}) {
    if (this.#left) return;
    this.#clock.cancel(this.#timer);
    // Stale until a reply comes: the connection may be lost before it does.
    this.#isStale ||= fresh;
    const since = this.#isStale ? {} : { since: this.#timeline.revision };
    this.#timeline.awaitOpen({ fresh });
    let reply;
    try {
      reply = await this.#ask({ type: "room.open", ...since });
    } catch (error) {
      if (!this.#left) this.#refused(/** @type {any} */ (error));
      return;
    }
    if (this.#left) return;
    const isStale = this.#isStale;
    this.#isStale = false;
    this.emit("opened", { reply, isStale });
  }

  /**
   * The reply left a gap, or none. A server that knows less than it announced isn't asked again and
   * again without a pause.
   *
   * @param {{gap: boolean}} change
   */
  settle({ gap }) {
    if (gap) this.#openLater();
    else this.#attempts = 0;
    this.emit("away", null);
  }

  /** The reader's 'Try now' while the room can't be read. */
  wake() {
    if (this.#attempts > 0) this.open();
  }

  leave() {
    this.#left = true;
    this.#clock.cancel(this.#timer);
  }

  /** @param {{code: string, retryAfter?: number}} error */
  #refused({ code, retryAfter = 1 }) {
    const isOffline = code === "offline"; // the next welcome opens the room again
    const isAway = !isOffline && !GONE.has(code);
    this.emit("away", isAway ? this.#openLater(retryAfter) : null);
    if (GONE.has(code)) this.emit("gone", null);
  }

  /** @returns {number} when, in milliseconds */
  #openLater(atLeast = 1) {
    this.#attempts += 1;
    const ms = 1000 * (atLeast + backoffSeconds(this.#attempts));
    this.#clock.cancel(this.#timer);
    this.#timer = this.#clock.after(() => {
      if (this.#isConnected()) this.open();
    }, ms);
    return this.#clock.now() + ms;
  }
}
