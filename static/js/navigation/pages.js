import { clock as realClock } from "../lib/clock.js";

const FRESH_MS = 10_000; // changes since then are caught up with by `room.open`

/**
 * @template Page
 * @typedef {object} Answer
 * @property {string} address
 * @property {number} since in milliseconds
 * @property {AbortController} controller
 * @property {Promise<Page | null>} page
 */

/**
 * The site's pages as rendered by the server: the one asked for, and one that probably will be.
 * Asking for another cancels the one before.
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
   * @param {(html: string, address: string) => Page | null} world.parse null: not a page of this
   *   kind
   * @param {(address: string, how: RequestInit) => Promise<Response>} [world.fetch]
   * @param {import('../lib/clock.js').Clock} [world.clock]
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

  /** The user is probably about to ask for this page. @param {string} address */
  prefetch(address) {
    if (this.#isReady(address)) return;
    this.#ahead?.controller.abort();
    // The server needn't remember a room that nobody has opened yet.
    const answer = this.#ask(address, { "X-Purpose": "prefetch" });
    this.#ahead = answer;
    // A failure is reported when the page is really asked for, by asking again.
    answer.page.catch(() => {
      if (this.#ahead === answer) this.#ahead = null;
    });
  }

  /**
   * @param {string} address
   * @returns {Promise<Page | null>} null: the browser has to load it. Rejects if the server can't
   *   be reached, or another page is asked for meanwhile.
   */
  get(address) {
    const ready = this.#isReady(address) ? this.#ahead : null;
    if (!ready) this.#ahead?.controller.abort();
    this.#ahead = null;
    this.#asked?.controller.abort();
    this.#asked = ready ?? this.#ask(address);
    return this.#asked.page;
  }

  /** Nobody waits for the page any more. */
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
    // Only what changes: the frame is here.
    const headers = { Accept: "text/html", "X-Part": "main", ...purpose };
    const page = this.#read(address, headers, controller.signal);
    return { address, since: this.#clock.now(), controller, page };
  }

  /** @param {string} address @param {Record<string, string>} headers @param {AbortSignal} signal */
  async #read(address, headers, signal) {
    const response = await this.#fetch(address, { signal, headers, credentials: "same-origin" });
    // An error has a page of its own, and another site's page isn't ours.
    if (!response.ok) return null;
    return this.#parse(await response.text(), response.url);
  }
}
