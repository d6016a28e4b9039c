import { withPerson } from "../lib/partners.js";

/** @typedef {import('../lib/types.js').RoomSummary} RoomSummary */
/** @typedef {import('../lib/types.js').User} User */

/** What is known while a welcome has named only some of my rooms, until the others have been loaded. */
export class PartialRooms {
  /** How many messages are unread in the others. */
  unread;
  /** @type {Set<string>} rooms reported since the welcome */
  #known;
  /** @type {Map<string, (() => void)[]>} what happened in the others since */
  #early = new Map();
  /** @type {Set<string>} rooms I have left since */
  #left = new Set();
  /** @type {User[]} people who changed their name since */
  #people = [];

  /** @param {RoomSummary[]} rooms of the welcome @param {number} all unread messages in all rooms */
  constructor(rooms, all) {
    this.#known = new Set(rooms.map(({ slug }) => slug));
    this.unread = Math.max(0, all - rooms.reduce((sum, { unread }) => sum + unread, 0));
  }

  /** @param {string} slug */
  knows(slug) {
    return this.#known.has(slug);
  }

  /** @param {string} slug */
  hasLeft(slug) {
    return this.#left.has(slug);
  }

  /** Remember what happens in a room that isn't known yet. @param {string} slug @param {() => void} again */
  keep(slug, again) {
    if (this.knows(slug) || this.hasLeft(slug)) return;
    this.#early.set(slug, [...(this.#early.get(slug) ?? []), again]);
  }

  /** A room that wasn't known, with the names of today. @param {RoomSummary} room */
  learn(room) {
    this.#known.add(room.slug);
    return this.#people.reduce(withPerson, room);
  }

  /** Apply what happened in a room before it was known. @param {string} slug */
  replay(slug) {
    for (const again of this.#early.get(slug) ?? []) again();
    this.#early.delete(slug);
  }

  /** @param {string} slug */
  join(slug) {
    this.#left.delete(slug);
    this.#known.add(slug);
  }

  /** @param {string} slug */
  leave(slug) {
    this.#left.add(slug);
    this.#known.delete(slug);
  }

  /** @param {User} person */
  rename(person) {
    this.#people.push(person);
  }
}
