/**
 * What a search found, newest or best first.
 *
 * @typedef {object} Hits
 * @property {readonly {key: string, room: string, message: {number: number}}[]} hits
 * @property {string | null} next where more begin; null: there are no more
 * @property {() => Promise<void>} more
 */

/** The hits of a search that the reader walks through, in whatever rooms they are. */
export class HitTrail {
  /** @type {Hits | null} */ #results = null;
  /** @type {string} the hit that is shown */ #key = "";
  #addressOf;

  /** @param {(room: string) => string} addressOf */
  constructor(addressOf) {
    this.#addressOf = addressOf;
  }

  /** @param {Hits} results @param {string} key of the hit that is opened */
  begin(results, key) {
    this.#results = results;
    this.#key = key;
  }

  end() {
    this.#results = null;
    this.#key = "";
  }

  /** The hit that is shown, counted from 0; -1: none. */
  get at() {
    return this.#results?.hits.findIndex(({ key }) => key === this.#key) ?? -1;
  }

  get key() {
    return this.#key;
  }

  /** How many are known, and whether there are more. */
  get size() {
    const { hits = [], next = null } = this.#results ?? {};
    return { count: hits.length, hasMore: next !== null };
  }

  /** The hit that is shown, and where it is. */
  get hit() {
    const hit = this.#results?.hits[this.at];
    if (!hit) return null;
    const { room, message } = hit;
    return { room, number: message.number, address: `${this.#addressOf(room)}${message.number}/` };
  }

  /** Whether a path is where the hit is. @param {string} path */
  leadsTo(path) {
    return this.hit?.address === path;
  }

  /**
   * Go on to the next hit or back to the one before, asking for more where the known ones end.
   *
   * @param {1 | -1} step
   * @returns {Promise<boolean>} false: there is none
   */
  async go(step) {
    const results = this.#results;
    const to = this.at + step;
    if (!results || this.at < 0 || to < 0) return false;
    if (to >= results.hits.length && results.next !== null) await results.more();
    const next = results.hits[to];
    if (!next || this.#results !== results) return false;
    this.#key = next.key;
    return true;
  }
}
