import { backoffSeconds } from "../lib/backoff.js";
import { clock as realClock } from "../lib/clock.js";

/** @typedef {import('../lib/types.js').RoomSummary} RoomSummary */

/**
 * Loads my remaining rooms, which the welcome didn't include, page by page. Each welcome starts
 * over; without a connection it stops until the next one.
 */
export class RoomsLoader {
  #ask;
  #learn;
  #clock;
  /** The welcome that it is for. */
  #turn = 0;
  /** @type {any} */ #pause = null;

  /**
   * @param {object} world
   * @param {(command: {type: string, after: string}) => Promise<{rooms: RoomSummary[], next: string | null}>} world.ask
   * @param {(rooms: RoomSummary[], how: {isLast: boolean}) => void} world.learn
   * @param {import('../lib/clock.js').Clock} [world.clock]
   */
  constructor({ ask, learn, clock = realClock }) {
    this.#ask = ask;
    this.#learn = learn;
    this.#clock = clock;
  }

  /** @param {string | null} after where the remaining rooms start; null: there are none */
  begin(after) {
    this.#turn += 1;
    this.#clock.cancel(this.#pause);
    if (after !== null) this.#read(after, this.#turn, 0);
  }

  /** @param {string} after @param {number} turn @param {number} attempt */
  async #read(after, turn, attempt) {
    try {
      const { rooms, next } = await this.#ask({ type: "rooms", after });
      if (turn !== this.#turn) return;
      this.#learn(rooms, { isLast: next === null });
      if (next !== null) this.#read(next, turn, 0);
    } catch (error) {
      const { code, retryAfter = 1 } = /** @type {{code?: string, retryAfter?: number}} */ (error);
      if (turn !== this.#turn || code === "offline") return;
      const ms = 1000 * (retryAfter + backoffSeconds(attempt));
      this.#pause = this.#clock.after(() => this.#read(after, turn, attempt + 1), ms);
    }
  }
}
