import { Emitter } from "../lib/emitter.js";
import { ReadSender } from "../reading/read-sender.js";
import { firstUnread } from "../timeline/rows.js";

/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('../lib/types.js').Page} Page */
/** @typedef {import('../lib/types.js').Reading} Reading */
/** @typedef {import('../lib/types.js').Room} Room */

/**
 * How far I have read a room, and where the divider above what is new stands. `unread` names the
 * message from which everything is unread again.
 *
 * @extends {Emitter<{read: Reading, unread: number}>}
 */
export class RoomReading extends Emitter {
  /** The message below the divider. @type {number | null} */
  unreadFrom;
  /** The message that the page was asked for. @type {number | null} */
  around;
  /** Held messages that a moderator approved: their author hasn't read up to them. @type {Set<number>} */
  #approved = new Set();
  #sender;

  /**
   * @param {Room} room
   * @param {Page & {around?: number | null}} page
   * @param {object} world
   * @param {{id: number}} world.me
   * @param {import('../people/ignored.js').Ignored} world.ignored
   * @param {(command: {type: string, [field: string]: any}, how?: {keep: boolean}) => Promise<any>} world.ask
   * @param {() => boolean} world.isMember
   * @param {import('../lib/clock.js').Clock} world.clock
   */
  constructor(room, page, { me, ignored, ask, isMember, clock }) {
    super();
    const { read_number: read, last_number: last } = room;
    const how = { read, last, me, hasBefore: page.has_before, ignored };
    this.unreadFrom = room.role ? firstUnread(page.messages, how) : null;
    // The server also names the first unread message, to send its surroundings: that is the divider's.
    const isUnread = page.around === read + 1 && this.unreadFrom !== null;
    this.around = isUnread ? null : (page.around ?? null);
    this.#sender = new ReadSender(room, { ask, isMember, clock });
    this.#sender.on("read", (reading) => this.emit("read", { ...reading, room: room.slug }));
    this.#sender.on("back", (number) => this.#back(number));
  }

  get tracker() {
    return this.#sender.tracker;
  }

  /** I read further, perhaps in another tab. @param {{number: number, read_revision?: number}} reading */
  learn(reading) {
    this.#sender.learn(reading);
  }

  /** @param {number} number */
  markUnread(number) {
    return this.#sender.markUnread(number);
  }

  /**
   * The server's reply to opening the room.
   *
   * @param {Room} room
   * @param {{isStale: boolean, wasMember: boolean}} how isStale: it has another history than the page
   */
  opened(room, { isStale, wasMember }) {
    // While the membership continues, this reply may be older than what arrived before it.
    if (wasMember && !isStale) this.learn({ ...room, number: room.read_number });
    else if (isStale) {
      this.#sender.restart(room);
      this.unreadFrom = null;
    } else this.#sender.revision = room.read_revision;
  }

  /** A moderator approved a held message. @param {number} number */
  approve(number) {
    this.#approved.add(number);
  }

  /**
   * Posting means having read the room, and reading on.
   *
   * @param {Message[]} posted
   * @param {{id: number}} me
   * @returns {Message | undefined} the latest of mine that says so
   */
  posted(posted, me) {
    const mine = posted.findLast(
      ({ number, author }) => author.id === me.id && !this.#approved.has(number),
    );
    if (mine) {
      this.tracker.readElsewhere(mine.number);
      this.tracker.release();
    }
    return mine;
  }

  /** The visit is over: report what was read. */
  leave() {
    this.#sender.leave();
  }

  /** @param {number} number */
  #back(number) {
    this.unreadFrom = number;
    this.emit("unread", number);
  }
}
