import { fold } from "../lib/fold.js";
import { findPeople, getJson } from "../lib/people-search.js";

/** @typedef {import('../lib/types.js').User} User */
/** @typedef {{person: User, names: string[], lately?: number, outside: boolean}} Candidate */

const PAGES = 5; // a thousand members; in a larger room the others are found by name

/**
 * People who can be mentioned in a room: those who spoke, its members, and those who would have to
 * join first.
 */
export class People {
  /** @type {Map<number, {person: User, names: string[]}>} */ #members = new Map();
  /** @type {Map<number, {person: User, names: string[]}>} */ #others = new Map();
  /** @type {Promise<void> | null} */ #loading = null;
  /** Whether all members are known. */
  #complete = false;
  #session;
  #urls;

  /**
   * @param {object} world
   * @param {import('../room/session.js').RoomSession} world.session
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

  /** Everyone known so far. Nobody mentions themselves. @returns {Candidate[]} */
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

  /** What addresses several members at once. @returns {('here' | 'room')[]} */
  get keywords() {
    const { room, mentions } = this.#session;
    if (room.kind === "direct") return [];
    return mentions.addressesRoom ? ["here", "room"] : ["here"];
  }

  /** How many people are in the room. */
  get size() {
    return this.#session.room.members;
  }

  /**
   * Whether a person who isn't among the members is known to be outside the room, rather than just
   * unknown.
   */
  get isComplete() {
    return this.#complete;
  }

  /** Load the members once, and again if that failed. */
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
      const answer = await getJson(next);
      for (const member of answer.members) members.set(member.id, named(member));
      this.#session.mentions.learn(answer.members);
      next = answer.next;
    }
    this.#members = members;
    this.#complete = !next;
  }

  /** Find people on the site by name. @param {string} query @param {AbortSignal} signal */
  async find(query, signal) {
    // Nobody can be invited into somebody else's conversation.
    if (!query || this.#session.room.kind === "direct") return;
    for (const person of await findPeople(this.#urls.people, query, signal))
      this.#others.set(person.id, named(person));
  }
}

/** @param {User} person */
const named = (person) => ({ person, names: [person.username, fold(person.name)] });
