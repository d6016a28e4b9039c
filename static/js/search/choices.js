import { displayName } from "../lib/labels.js";
import { findPeople } from "../lib/people-search.js";
import { ranked } from "../lib/ranking.js";
import { ROOM_SIGNS } from "../lib/room-signs.js";
import { dayChoices, fixedChoices } from "./filters.js";

/** @typedef {import('../lib/types.js').User} User */
/** @typedef {import('../lib/ranking.js').Destination} Destination */
/** @typedef {import('./filters.js').Choice} Choice */
/** @typedef {import('./query.js').Filter} Filter */

const MOST = 8;
const SIGN = /^[@#]/;

/** What a filter can be set to: people, rooms, days, and so on. */
export class Choices {
  /** @type {Map<string, User>} by their usernames */ #people = new Map();
  /** @type {Map<string, Destination>} public rooms that were found, by their slugs */
  #rooms = new Map();
  /** @type {Map<string, string>} of rooms with hits, with their signs, by their slugs */
  #names = new Map();
  #world;
  #address;

  /**
   * @param {object} world
   * @param {User} world.me
   * @param {import('../reading/unread.js').Unread} world.unread
   * @param {import('../navigation/destinations.js').Destinations} world.destinations
   * @param {string} address of the people of the site
   */
  constructor(world, address) {
    this.#world = world;
    this.#address = address;
    for (const person of [world.me, ...this.#partners]) this.learn(person);
  }

  get #partners() {
    return [...this.#world.unread.rooms.values()].flatMap(({ people = [] }) => people);
  }

  /** Somebody was seen: from now on they have a name. @param {User} person */
  learn(person) {
    this.#people.set(person.username, person);
  }

  /** Rooms of hits have names, too. @param {import('../protocol.js').LinkedRoom[]} rooms */
  learnRooms(rooms) {
    for (const { slug, name, kind } of rooms)
      this.#names.set(slug, `${ROOM_SIGNS[kind] ?? "#"}${name}`);
  }

  /** What the person or the room of a filter is called. @param {Filter} filter */
  nameOf({ name, value }) {
    if (name === "in") {
      const known = this.#world.destinations.nameOf(value) || this.#names.get(value);
      return known ?? `${ROOM_SIGNS.public}${this.#rooms.get(value)?.name ?? value}`;
    }
    const person = this.#people.get(value.toLowerCase());
    return person ? displayName(person.name) : `@${value}`;
  }

  /** What is known so far. @param {Filter} filter @returns {Choice[]} */
  of({ name, value: typed }) {
    const value = typed.replace(SIGN, "");
    if (name === "from" || name === "with") return this.#peopleNamed(value);
    if (name === "in") return this.#roomsNamed(value);
    if (name === "has" || name === "is") return fixedChoices(name, value);
    return ["before", "after", "on"].includes(name) ? dayChoices(value) : [];
  }

  /** Ask for those that aren't known. @param {Filter} filter @param {AbortSignal} signal */
  async find({ name, value: typed }, signal) {
    const value = typed.replace(SIGN, "");
    if (name === "from" || name === "with") {
      for (const person of await findPeople(this.#address, value, signal)) this.learn(person);
    }
    if (name === "in" && value) {
      for (const room of await this.#world.destinations.publicRooms(value, signal))
        this.#rooms.set(room.key, room);
    }
  }

  /** @param {string} typed @returns {Choice[]} */
  #peopleNamed(typed) {
    const all = [...this.#people.values()].filter(({ active }) => active !== false || typed);
    const goals = all.map((person) => ({
      key: person.username,
      kind: /** @type {const} */ ("person"),
      name: displayName(person.name),
      username: person.username,
      mark: "@",
      person,
    }));
    const found = typed ? /** @type {typeof goals} */ (ranked(goals, typed)) : goals;
    return found.slice(0, MOST).map(({ key, name, username, person }) => ({
      key,
      value: username,
      name,
      hint: `@${username}`,
      person,
    }));
  }

  /** @param {string} typed @returns {Choice[]} */
  #roomsNamed(typed) {
    const { destinations, unread } = this.#world;
    const others = [...this.#rooms.values()].filter(({ key }) => !unread.rooms.has(key));
    return ranked([...destinations.mine, ...others], typed)
      .slice(0, MOST)
      .map(({ key, name, mark }) => ({ key, value: key, name, mark }));
  }
}
