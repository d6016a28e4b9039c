import { Emitter } from "../lib/emitter.js";
import { ReadTracker } from "./read-tracker.js";

/** @typedef {import('../lib/types.js').Reading} Reading */

/**
 * My read cursor in one room: reports what was read, learns what was read elsewhere, and puts the
 * cursor back. `back` names the message from which everything is unread again.
 *
 * @extends {Emitter<{read: Omit<Reading, 'room'>, back: number}>}
 */
export class ReadSender extends Emitter {
  revision;
  tracker;
  #ask;
  #isMember;
  #left = false;

  /**
   * @param {{read_number: number, read_revision: number}} room
   * @param {object} world
   * @param {(command: {type: string, [field: string]: any}, how?: {keep: boolean}) => Promise<any>}
   *   world.ask
   * @param {() => boolean} world.isMember only members have a cursor
   * @param {import('../lib/clock.js').Clock} world.clock
   */
  constructor({ read_number, read_revision }, { ask, isMember, clock }) {
    super();
    this.revision = read_revision;
    this.#ask = ask;
    this.#isMember = isMember;
    this.tracker = new ReadTracker({
      read: read_number,
      tell: (number) => this.#tell(number),
      clock,
    });
  }

  /** Start over with another history. @param {{read_number: number, read_revision: number}} room */
  restart({ read_number, read_revision }) {
    this.revision = read_revision;
    this.tracker.restart(read_number);
  }

  /** @param {{number: number, read_revision?: number}} reading */
  learn({ number, read_revision = 0 }) {
    if (read_revision > this.revision) {
      this.revision = read_revision;
      this.#putBack(number);
    } else if (read_revision === this.revision) this.tracker.readElsewhere(number);
  }

  /**
   * Mark everything from a message on as unread, even while it is on the screen.
   *
   * @param {number} number
   */
  async markUnread(number) {
    // At once, so that what was read until now isn't reported any more.
    this.#putBack(number - 1);
    try {
      this.#told(await this.#ask({ type: "room.unread", number }, { keep: true }));
    } catch (error) {
      this.tracker.release();
      throw error;
    }
  }

  /** The visit is over: report what was read. */
  leave() {
    this.tracker.setActive(false);
    this.tracker.flush();
    this.#left = true;
  }

  /** @param {number} number */
  async #tell(number) {
    if (!this.#isMember()) return;
    const read_revision = this.revision;
    try {
      this.#told(await this.#ask({ type: "room.read", number, read_revision }, { keep: true }));
    } catch {
      if (!this.#left) this.tracker.untold(number);
    }
  }

  /** @param {Omit<Reading, 'room'>} reading the server's answer */
  #told(reading) {
    this.learn(reading);
    this.emit("read", reading);
  }

  /** @param {number} read */
  #putBack(read) {
    this.tracker.hold(read);
    this.emit("back", read + 1);
  }
}
