import { Emitter } from "../lib/emitter.js";
import { renamed } from "./timeline.js";

/** @typedef {import('../lib/types.js').Message} Message */

/**
 * The messages that replies quote. Most are in the timeline; one far above is fetched once, so that
 * a page of replies doesn't cause a burst of requests.
 *
 * @extends {Emitter<{change: number}>}
 */
export class Quotes extends Emitter {
  /** @type {Map<number, Message | null>} null: it doesn't exist */
  #known = new Map();
  /** @type {Set<number>} */
  #asked = new Set();
  #find;
  #fetch;

  /**
   * @param {(number: number) => Message | undefined} find in the timeline
   * @param {(number: number) => Promise<Message | undefined>} fetch from the server
   */
  constructor(find, fetch) {
    super();
    this.#find = find;
    this.#fetch = fetch;
  }

  /** @param {number} number @returns {Message | null | undefined} undefined: loading */
  get(number) {
    const found = this.#find(number) ?? this.#known.get(number);
    if (found === undefined && !this.#asked.has(number)) this.#ask(number);
    return found;
  }

  /** An event may change a quoted message that isn't in the window. @param {Message} message */
  apply(message) {
    const known = this.#known.get(message.number);
    if (known && known.revision <= message.revision) this.#known.set(message.number, message);
  }

  /** @param {import('../lib/types.js').User} person with their new name */
  rename(person) {
    for (const [number, message] of this.#known) {
      if (message) this.#known.set(number, renamed(message, person));
    }
  }

  /** @param {number} number */
  async #ask(number) {
    this.#asked.add(number);
    try {
      this.#known.set(number, (await this.#fetch(number)) ?? null);
      this.emit("change", number);
    } catch {
      // Offline, perhaps: the next redraw asks again.
      this.#asked.delete(number);
    }
  }
}
