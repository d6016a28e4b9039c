import { gettext } from "./gettext.js";
import { displayName, listOf } from "./labels.js";

/** @typedef {import('./types.js').User} User */

/**
 * The name of a direct room, made of the names of its other members, which may change. The server
 * names it the same way.
 *
 * @param {User[]} people
 */
export function titleOf(people) {
  const key = (/** @type {User} */ { name }) => name.toLowerCase();
  const sorted = [...people].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  return sorted.map(({ name }) => name).join(", ");
}

/**
 * A room with one person updated; the room itself if they aren't in it.
 *
 * @template {{name: string, people?: User[]}} Room
 * @param {Room} room
 * @param {User} person
 * @returns {Room}
 */
export function withPerson(room, person) {
  if (!room.people?.some(({ id }) => id === person.id)) return room;
  const people = room.people.map((one) => (one.id === person.id ? person : one));
  return { ...room, people, name: titleOf(people) };
}

/**
 * What the header says below the room's name; of a conversation, whether an account in it is closed.
 *
 * @param {{topic: string, people?: User[]}} room
 */
export function topicOf({ topic, people = [] }) {
  const closed = people.filter(({ active }) => active === false);
  if (closed.length === 0) return topic;
  if (people.length === 1) return gettext("This account is closed.");
  const names = listOf(closed.map(({ name }) => displayName(name)));
  return gettext("Closed accounts: %(names)s", { names });
}

/** Whether nobody would read what is written in a direct room. @param {{people?: User[]}} room */
export function isDeserted({ people = [] }) {
  return people.length > 0 && people.every(({ active }) => active === false);
}
