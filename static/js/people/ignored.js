import { Emitter } from "../lib/emitter.js";

/** @typedef {import('../lib/types.js').User} User */
/** @typedef {{muted?: number[], blocked?: number[]}} Ids */

/**
 * People I don't want to hear, in all of my tabs. Muted people are hidden; blocked people can't
 * write to me either. Nobody else learns of it.
 *
 * @extends {Emitter<{change: null}>}
 */
export class Ignored extends Emitter {
  /** @type {Set<number>} */ #muted = new Set();
  /** @type {Set<number>} */ #blocked = new Set();
  #request;

  /**
   * @param {Ids} [ids]
   * @param {(command: any) => Promise<{ignored: Ids}>} [request]
   */
  constructor(ids = {}, request = () => Promise.reject({ code: "offline" })) {
    super();
    this.#request = request;
    this.learn(ids);
  }

  /** @param {Ids} ids */
  learn({ muted = [], blocked = [] }) {
    // Each welcome repeats it: a reader who unfolded messages notices nothing.
    if (isSame(this.#muted, muted) && isSame(this.#blocked, blocked)) return;
    this.#muted = new Set(muted);
    this.#blocked = new Set(blocked);
    this.emit("change", null);
  }

  /** @param {number} id */
  has(id) {
    return this.#muted.has(id) || this.#blocked.has(id);
  }

  /** @param {number} id */
  isBlocked(id) {
    return this.#blocked.has(id);
  }

  /** @param {Pick<User, 'username'>} person @param {'mute' | 'block'} kind */
  async ignore({ username }, kind) {
    const { ignored } = await this.#request({ type: "person.ignore", user: username, kind });
    this.learn(ignored);
  }

  /** @param {Pick<User, 'username'>} person */
  async unignore({ username }) {
    const { ignored } = await this.#request({ type: "person.unignore", user: username });
    this.learn(ignored);
  }
}

/** @param {Set<number>} known @param {number[]} ids */
const isSame = (known, ids) => known.size === ids.length && ids.every((id) => known.has(id));
