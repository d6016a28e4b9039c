import { learnNamed } from "../lib/named.js";

/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('../lib/types.js').User} User */
/** @typedef {{key: string, room: string, message: Message, ranges: [number, number][]}} Hit */
/** @typedef {'newest' | 'best'} Order */
/** @typedef {{query: string, order: Order, isPublic: boolean}} Asked */
/** @typedef {{hits: Omit<Hit, 'key'>[], next: string | null, searched_to: string | null, unknown?: string[], rooms?: import('../protocol.js').LinkedRoom[], people?: User[]}} Reply */

/** What a search found so far: a page of hits, and more of them from there. */
export class Results {
  /** @type {Hit[]} */ hits = [];
  /** Where the next page begins; null: there is none. @type {string | null} */ next = null;
  /** Until when the last page looked, if it was cut off there. @type {string | null} */
  searchedTo = null;
  /** What looks like a filter, and was searched for as text. @type {readonly string[]} */
  unknown = [];
  /** @type {Promise<void> | null} */ #asking = null;
  #ask;

  /**
   * @param {Asked} asked
   * @param {(command: any) => Promise<any>} ask
   */
  constructor(asked, ask) {
    this.asked = asked;
    this.#ask = ask;
  }

  /** Whether these are the results of that search. @param {Asked} other */
  answers({ query, order, isPublic }) {
    const { asked } = this;
    return asked.query === query && asked.order === order && asked.isPublic === isPublic;
  }

  /** The first page, which the page came with. @param {Reply} reply */
  begin(reply) {
    learnNamed(reply.people);
    this.#append(reply);
  }

  /** The next page, or the first one. Rejects with the refusal. */
  more() {
    this.#asking ??= this.#page(this.next)
      .then((reply) => this.#append(reply))
      .finally(() => {
        this.#asking = null;
      });
    return this.#asking;
  }

  /** The first page as it is now: what was deleted since goes, what is new comes. @param {Reply} reply */
  refresh(reply) {
    learnNamed(reply.people);
    if (this.asked.order !== "newest") return;
    const fresh = reply.hits.map(keyed);
    const last = Math.min(...fresh.map(({ message }) => Date.parse(message.created_at)));
    const known = new Set(fresh.map(({ key }) => key));
    const older = this.hits.filter(
      ({ key, message }) => reply.next && !known.has(key) && Date.parse(message.created_at) < last,
    );
    this.hits = [...fresh, ...older];
    if (older.length > 0) return;
    this.next = reply.next;
    this.searchedTo = reply.searched_to;
  }

  /** @param {string | null} before @returns {Promise<Reply>} */
  async #page(before) {
    const { query, order, isPublic } = this.asked;
    const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
    const reply = await this.#ask({
      type: "search",
      query,
      order,
      zone,
      ...(isPublic && { public: true }),
      ...(before && { before }),
    });
    learnNamed(reply.people);
    return reply;
  }

  /** @param {Reply} reply */
  #append({ hits, next, searched_to, unknown = [] }) {
    this.unknown = unknown;
    const known = new Set(this.hits.map(({ key }) => key));
    this.hits = [...this.hits, ...hits.map(keyed).filter(({ key }) => !known.has(key))];
    this.next = next;
    this.searchedTo = searched_to;
  }
}

/** @param {Omit<Hit, 'key'>} hit @returns {Hit} */
const keyed = (hit) => ({ ...hit, key: `${hit.room}/${hit.message.number}` });
