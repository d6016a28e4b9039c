import { backoffSeconds } from "../lib/backoff.js";
import { clock as realClock } from "../lib/clock.js";
import { Emitter } from "../lib/emitter.js";
import { PASSING } from "../lib/refusals.js";

/** @typedef {import('../lib/types.js').Message} Message */
/**
 * For somebody else's message, a moderator may give a reason.
 *
 * @typedef {{room: string, number: number, reason?: string}} Deletion
 */

/**
 * Deletions I asked for, until the server has them. Each is stored at once, so that neither a lost
 * connection nor a closed page forgets it. The page in which I asked holds a lock on it; once that
 * page is gone, my next page sends it.
 *
 * @extends {Emitter<{asked: Deletion, done: {room: string, message: Message}, failed: {room: string, number: number, error: any}}>}
 */
export class Deletions extends Emitter {
  /** @type {Map<string, Deletion>} */
  #asked = new Map();
  /** @type {Map<string, () => void>} releases the locks that this page holds or waits for */
  #held = new Map();
  #user;
  #request;
  #store;
  #locks;
  #clock;

  /**
   * @param {object} world
   * @param {number} world.user
   * @param {(command: any) => Promise<any>} world.request
   * @param {Pick<import('../lib/store.js').Store, 'read' | 'write'>} world.store
   * @param {Pick<import('../lib/locks.js').Locks, 'take'>} world.locks
   * @param {import('../lib/clock.js').Clock} [world.clock]
   */
  constructor({ user, request, store, locks, clock = realClock }) {
    super();
    this.#user = user;
    this.#request = request;
    this.#store = store;
    this.#locks = locks;
    this.#clock = clock;
  }

  /**
   * Numbers of messages to hide, whether or not the server knows.
   *
   * @param {string} room
   * @returns {number[]}
   */
  of(room) {
    const here = [...this.#asked.values()].filter((deletion) => deletion.room === room);
    return here.map(({ number }) => number);
  }

  /** Send what an earlier page left behind, once no page holds it any more. */
  async start() {
    for (const { room, number, reason } of await this.#stored())
      if (!this.#held.has(keyOf({ room, number }))) this.#resume({ room, number, reason });
  }

  /** Store it without sending it yet. @param {Deletion} deletion */
  ask(deletion) {
    this.#hold(deletion);
    this.#asked.set(keyOf(deletion), deletion);
    const put = { ...deletion, user: this.#user };
    this.#store.write([{ store: "deletions", put }], { strict: true });
  }

  /** Take it back. @param {Deletion} deletion */
  undo(deletion) {
    this.#forget(deletion);
  }

  /** Send it now. @param {Deletion} deletion */
  async send(deletion) {
    const { room, number, reason } = deletion;
    const command = { type: "message.delete", room, number, ...(reason && { reason }) };
    for (let attempt = 1; this.#asked.has(keyOf(deletion)); attempt += 1) {
      try {
        const { message } = await this.#request(command);
        this.#forget(deletion);
        this.emit("done", { room, message });
      } catch (error) {
        const { code, retryAfter = 1 } = /** @type {any} */ (error);
        if (PASSING.has(code)) await this.#pause(retryAfter + backoffSeconds(attempt));
        else this.#fail(deletion, error);
      }
    }
  }

  /** The page is going away: the next one takes over. */
  leave() {
    for (const release of this.#held.values()) release();
    this.#held.clear();
  }

  async #stored() {
    return (await this.#store.read("deletions", this.#user)) ?? [];
  }

  /** @param {Deletion} deletion */
  async #resume(deletion) {
    const key = keyOf(deletion);
    await this.#hold(deletion);
    const isStored = (await this.#stored()).some((record) => keyOf(record) === key);
    if (!isStored) return this.#release(key);
    this.#asked.set(key, deletion);
    this.emit("asked", deletion);
    await this.send(deletion);
  }

  /** @param {Deletion} deletion @returns {Promise<void>} when no other page holds it any more */
  #hold(deletion) {
    const key = keyOf(deletion);
    const { held, release } = this.#locks.take(`${this.#user}/${key}`);
    this.#held.set(key, release);
    return held;
  }

  /** @param {string} key */
  #release(key) {
    this.#held.get(key)?.();
    this.#held.delete(key);
  }

  /** @param {Deletion} deletion */
  async #forget(deletion) {
    const key = keyOf(deletion);
    this.#asked.delete(key);
    const remove = [this.#user, deletion.room, deletion.number];
    await this.#store.write([{ store: "deletions", remove }]);
    // Not earlier: a page that waits for the lock would find it stored, and send it.
    if (!this.#asked.has(key)) this.#release(key);
  }

  /** @param {Deletion} deletion @param {any} error */
  #fail(deletion, error) {
    this.#forget(deletion);
    this.emit("failed", { ...deletion, error });
  }

  /** @param {number} seconds @returns {Promise<void>} */
  #pause(seconds) {
    return new Promise((resolve) => this.#clock.after(resolve, seconds * 1000));
  }
}

/** @param {Deletion} deletion */
const keyOf = ({ room, number }) => `${room}/${number}`;
