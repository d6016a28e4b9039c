import { Emitter } from "./lib/emitter.js";
import { Seen } from "./seen.js";

/** @typedef {import('./lib/types.js').Reading} Reading */

/**
 * How far I have read one room: says what was seen, learns what was read elsewhere, and puts the
 * cursor back. `back` tells the message from which on all is unread again.
 *
 * @extends {Emitter<{read: Omit<Reading, 'room'>, back: number}>}
 */
export class Reader extends Emitter {
  revision;
  seen;
  #ask;
  #isMember;
  #left = false;

  /**
   * @param {{read_number: number, read_revision: number}} room
   * @param {object} world
   * @param {(command: {type: string, [field: string]: any}, how?: {keep: boolean}) => Promise<any>} world.ask
   * @param {() => boolean} world.isMember nobody else has a cursor
   * @param {import('./lib/clock.js').Clock} world.clock
   */
  constructor({ read_number, read_revision }, { ask, isMember, clock }) {
    super();
    this.revision = read_revision;
    this.#ask = ask;
    this.#isMember = isMember;
    this.seen = new Seen({ read: read_number, tell: (number) => this.#tell(number), clock });
  }

  /** Another history begins. @param {{read_number: number, read_revision: number}} room */
  restart({ read_number, read_revision }) {
    this.revision = read_revision;
    this.seen.restart(read_number);
  }

  /** @param {{number: number, read_revision?: number}} reading */
  learn({ number, read_revision = 0 }) {
    if (read_revision > this.revision) {
      this.revision = read_revision;
      this.#putBack(number);
    } else if (read_revision === this.revision) this.seen.readElsewhere(number);
  }

  /**
   * Everything from a message on is unread again, and stays so while one looks at it.
   *
   * @param {number} number
   */
  async markUnread(number) {
    // At once: what was seen until now must not be said any more.
    this.#putBack(number - 1);
    try {
      this.#told(await this.#ask({ type: "room.unread", number }, { keep: true }));
    } catch (error) {
      this.seen.release();
      throw error;
    }
  }

  /** The visit is over; what was seen is said. */
  leave() {
    this.seen.setActive(false);
    this.seen.flush();
    this.#left = true;
  }

  /** @param {number} number */
  async #tell(number) {
    if (!this.#isMember()) return;
    const read_revision = this.revision;
    try {
      this.#told(await this.#ask({ type: "room.read", number, read_revision }, { keep: true }));
    } catch {
      if (!this.#left) this.seen.untold(number);
    }
  }

  /** @param {Omit<Reading, 'room'>} reading the server's answer */
  #told(reading) {
    this.learn(reading);
    this.emit("read", reading);
  }

  /** @param {number} read */
  #putBack(read) {
    this.seen.hold(read);
    this.emit("back", read + 1);
  }
}
