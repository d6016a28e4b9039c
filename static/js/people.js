import { fold } from "./lib/fold.js";

/** @typedef {import('./lib/types.js').User} User */
/** @typedef {{person: User, names: string[], lately?: number, outside: boolean}} Candidate */

const PAGES = 5; // a thousand members; of a larger room, the rest is found by their names

/** Whom one can speak to in a room: who spoke, who is a member, and who would have to come in first. */
export class People {
  /** @type {Map<number, {person: User, names: string[]}>} */ #members = new Map();
  /** @type {Map<number, {person: User, names: string[]}>} */ #others = new Map();
  /** @type {Promise<void> | null} */ #loading = null;
  /** All of the members are known. */
  #complete = false;
  #session;
  #urls;

  /**
   * @param {object} world
   * @param {import('./session.js').RoomSession} world.session
   * @param {Record<string, string>} world.urls `members` of the room, and `people` of the site
   */
  constructor({ session, urls }) {
    this.#session = session;
    this.#urls = urls;
    session.on("member", ({ member, left }) => {
      if (left) this.#members.delete(member.id);
      else this.#members.set(member.id, named(member));
    });
    session.on("person", (person) => {
      for (const known of [this.#members, this.#others])
        if (known.has(person.id)) known.set(person.id, named(person));
    });
    session.on("missed", () => {
      this.#loading = null;
    });
  }

  /** Those who are known by now. Nobody speaks to themselves. @returns {Candidate[]} */
  get candidates() {
    const { messages } = this.#session.timeline;
    const spoke = new Map(messages.map(({ author, number }) => [author.id, { author, number }]));
    const known = new Map([...this.#others, ...this.#members]);
    for (const [id, { author }] of spoke) if (!known.has(id)) known.set(id, named(author));
    known.delete(this.#session.me.id);
    return [...known].map(([id, one]) => ({
      ...one,
      lately: spoke.get(id)?.number,
      outside: this.#complete ? !this.#members.has(id) : this.#isStranger(id, spoke),
    }));
  }

  /** @param {number} id @param {Map<number, any>} spoke */
  #isStranger(id, spoke) {
    return this.#others.has(id) && !this.#members.has(id) && !spoke.has(id);
  }

  /** Whether somebody who is not in the room is known to be outside of it, and not only unknown. */
  get isComplete() {
    return this.#complete;
  }

  /** The members, asked for once, and again if that failed. */
  load() {
    this.#loading ??= this.#loadMembers().catch(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  async #loadMembers() {
    const members = new Map();
    /** @type {string | null} */
    let next = this.#urls.members;
    for (let page = 0; next && page < PAGES; page++) {
      const answer = await get(next);
      for (const member of answer.members) members.set(member.id, named(member));
      next = answer.next;
    }
    this.#members = members;
    this.#complete = !next;
  }

  /** Everybody of the site who is called so. @param {string} query @param {AbortSignal} signal */
  async find(query, signal) {
    // Nobody can be called into somebody else's conversation.
    if (!query || this.#session.room.kind === "direct") return;
    const { people } = await get(
      `${this.#urls.people}?${new URLSearchParams({ q: query })}`,
      signal,
    );
    for (const person of people) this.#others.set(person.id, named(person));
  }
}

/** @param {string} address @param {AbortSignal} [signal] @returns {Promise<any>} */
async function get(address, signal) {
  const response = await fetch(address, { signal, headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

/** @param {User} person */
const named = (person) => ({ person, names: [person.username, fold(person.name)] });
