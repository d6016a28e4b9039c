import { backoffSeconds } from "./lib/backoff.js";
import { clock as realClock } from "./lib/clock.js";
import { Emitter } from "./lib/emitter.js";

/** @typedef {import('./lib/types.js').Message} Message */
/**
 * Of somebody else's message, a moderator may say why.
 *
 * @typedef {{room: string, number: number, reason?: string}} Deletion
 */

const PASSING = new Set(["rate_limited", "slow_mode", "unavailable"]);

/**
 * Deletions that I asked for, until the server has them. Each is stored when I ask for it, so that
 * neither a lost line nor a closed page forgets one. The page in which I asked holds it; when that
 * page is gone, whichever page of mine comes next sends it.
 *
 * @extends {Emitter<{asked: Deletion, done: {room: string, message: Message}, failed: {room: string, number: number, error: any}}>}
 */
export class Deletions extends Emitter {
  /** @type {Map<string, Deletion>} */
  #asked = new Map();
  /** @type {Map<string, () => void>} lets go of what this page holds, or waits for */
  #held = new Map();
  #user;
  #request;
  #store;
  #holds;
  #clock;

  /**
   * @param {object} world
   * @param {number} world.user
   * @param {(command: any) => Promise<any>} world.request
   * @param {Pick<import('./lib/store.js').Store, 'read' | 'write'>} world.store
   * @param {Pick<import('./lib/holds.js').Holds, 'take'>} world.holds
   * @param {import('./lib/clock.js').Clock} [world.clock]
   */
  constructor({ user, request, store, holds, clock = realClock }) {
    super();
    this.#user = user;
    this.#request = request;
    this.#store = store;
    this.#holds = holds;
    this.#clock = clock;
  }

  /** What is to be gone, whether or not the server knows. @param {string} room @returns {number[]} */
  of(room) {
    const here = [...this.#asked.values()].filter((deletion) => deletion.room === room);
    return here.map(({ number }) => number);
  }

  /** Sends what an earlier page left behind, once no page is left that holds it. */
  async start() {
    for (const { room, number, reason } of await this.#stored())
      if (!this.#held.has(keyOf({ room, number }))) this.#resume({ room, number, reason });
  }

  /** Kept, and not sent yet. @param {Deletion} deletion */
  ask(deletion) {
    this.#hold(deletion);
    this.#asked.set(keyOf(deletion), deletion);
    const put = { ...deletion, user: this.#user };
    this.#store.write([{ store: "deletions", put }], { strict: true });
  }

  /** Never mind. @param {Deletion} deletion */
  undo(deletion) {
    this.#forget(deletion);
  }

  /** What was asked for, now. @param {Deletion} deletion */
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

  /** The page is going away: what it holds is the next one's. */
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
    const { held, release } = this.#holds.take(`${this.#user}/${key}`);
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
    // Not before: who waits for it would find it stored, and send it.
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
