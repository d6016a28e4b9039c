import { clock as realClock } from "./lib/clock.js";

const FRESH_MS = 10_000; // what changed since then is caught up with by `room.open`

/**
 * @template Page
 * @typedef {object} Answer
 * @property {string} address
 * @property {number} since in milliseconds
 * @property {AbortController} controller
 * @property {Promise<Page | null>} page
 */

/**
 * The site's pages as the server renders them: the one that is asked for, and one that probably
 * will be. Whoever asks for another no longer wants the one before.
 *
 * @template Page
 */
export class Pages {
  /** @type {Answer<Page> | null} */ #ahead = null;
  /** @type {Answer<Page> | null} */ #asked = null;
  #fetch;
  #parse;
  #clock;

  /**
   * @param {object} world
   * @param {(html: string, address: string) => Page | null} world.parse null: no page of this kind
   * @param {(address: string, how: RequestInit) => Promise<Response>} [world.fetch]
   * @param {import('./lib/clock.js').Clock} [world.clock]
   */
  constructor({
    parse,
    fetch = (address, how) => globalThis.fetch(address, how),
    clock = realClock,
  }) {
    this.#fetch = fetch;
    this.#parse = parse;
    this.#clock = clock;
  }

  /** Somebody is about to ask for this, by the looks of it. @param {string} address */
  prefetch(address) {
    if (this.#isReady(address)) return;
    this.#ahead?.controller.abort();
    // The server need not remember a room that nobody has opened yet.
    const answer = this.#ask(address, { "X-Purpose": "prefetch" });
    this.#ahead = answer;
    // That it failed is told to whoever asks in earnest, by asking again.
    answer.page.catch(() => {
      if (this.#ahead === answer) this.#ahead = null;
    });
  }

  /**
   * @param {string} address
   * @returns {Promise<Page | null>} null: the browser has to go there by itself. Rejects when the
   *   server can't be reached, and when another page is asked for meanwhile.
   */
  get(address) {
    const ready = this.#isReady(address) ? this.#ahead : null;
    if (!ready) this.#ahead?.controller.abort();
    this.#ahead = null;
    this.#asked?.controller.abort();
    this.#asked = ready ?? this.#ask(address);
    return this.#asked.page;
  }

  /** Nobody waits any longer. */
  stop() {
    this.#asked?.controller.abort();
    this.#asked = null;
  }

  /** @param {string} address */
  #isReady(address) {
    const known = this.#ahead;
    return known?.address === address && this.#clock.now() - known.since < FRESH_MS;
  }

  /** @param {string} address @returns {Answer<Page>} */
  #ask(address, purpose = {}) {
    const controller = new AbortController();
    const page = this.#read(address, { Accept: "text/html", ...purpose }, controller.signal);
    return { address, since: this.#clock.now(), controller, page };
  }

  /** @param {string} address @param {Record<string, string>} headers @param {AbortSignal} signal */
  async #read(address, headers, signal) {
    const response = await this.#fetch(address, { signal, headers, credentials: "same-origin" });
    // An error has a page of its own, and what isn't ours is none of our business.
    if (!response.ok) return null;
    return this.#parse(await response.text(), response.url);
  }
}
