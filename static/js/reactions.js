/** @typedef {import('./lib/types.js').Message} Message */
/** @typedef {import('./lib/types.js').Reaction} Reaction */

/** @typedef {{id: number, name: string}} Person */

/** @param {Message} message @param {string} emoji @param {Person} me */
export function isMine({ reactions }, emoji, me) {
  return reactions.some((reaction) => reaction.emoji === emoji && has(reaction, me));
}

/**
 * The reactions as they will be once mine is put there, or taken back if it is there.
 *
 * @param {Message} message
 * @param {string} emoji
 * @param {Person} me
 * @returns {Reaction[]}
 */
export function toggled({ reactions }, emoji, { id, name }) {
  const known = reactions.find((reaction) => reaction.emoji === emoji);
  if (!known) return [...reactions, { emoji, count: 1, users: [{ id, name }] }];
  const others = known.users.filter((user) => user.id !== id);
  const users = others.length < known.users.length ? others : [...others, { id, name }];
  // The count may be more than the names: it is changed, not computed from them.
  const changed = { ...known, users, count: known.count + users.length - known.users.length };
  return reactions.map((r) => (r === known ? changed : r)).filter((r) => r.count > 0);
}

/** @param {Reaction} reaction @param {Person} me */
const has = (reaction, me) => reaction.users.some((user) => user.id === me.id);
