/** @typedef {import('./lib/types.js').User} User */

/**
 * A direct room is called by the others in it, who may be called otherwise tomorrow: what it is called
 * then. The server says the same of a room that it describes.
 *
 * @param {User[]} people
 */
export function titleOf(people) {
  const key = (/** @type {User} */ { name }) => name.toLowerCase();
  const sorted = [...people].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  return sorted.map(({ name }) => name).join(", ");
}

/**
 * A room with somebody as they are now; itself when they aren't one of its people.
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

/** Whether nobody would read what is written in a direct room. @param {{people?: User[]}} room */
export function isDeserted({ people = [] }) {
  return people.length > 0 && people.every(({ active }) => active === false);
}
