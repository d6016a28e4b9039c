import { MAX_NAMED } from "../protocol.js";

/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('../lib/types.js').Reaction} Reaction */

/** @typedef {{id: number, name: string}} Person */

/** @param {Message} message @param {string} emoji @param {Person} me */
export function isMine({ reactions }, emoji, me) {
  return reactions.some((reaction) => reaction.emoji === emoji && has(reaction, me));
}

/**
 * The reactions once mine is added, or removed if it is already there.
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
  // There may be more people than names: the count is adjusted, not computed from them.
  const changed = { ...known, users, count: known.count + users.length - known.users.length };
  return reactions.map((r) => (r === known ? changed : r)).filter((r) => r.count > 0);
}

/** @param {Reaction} reaction @param {Person} me */
const has = (reaction, me) => reaction.users.some((user) => user.id === me.id);

/** Whether more people are counted than named. @param {Reaction} reaction */
const isCut = (reaction) => reaction.count > reaction.users.length;

/**
 * An event's message, which is the same for everyone and names only the first people beside a
 * count, with my own reactions added: as I knew them, or as the event says.
 *
 * @param {Message} message
 * @param {Message | undefined} known the message as it was
 * @param {Person} me
 * @param {{actor?: {id: number}, emoji?: string, added?: boolean, [field: string]: any}} [event]
 * @returns {Message}
 */
export function withMine(message, known, me, { actor, emoji, added = false } = {}) {
  if (!message.reactions?.some(isCut)) return message;
  const reactions = message.reactions.map((reaction) => {
    if (!isCut(reaction) || has(reaction, me)) return reaction;
    const told = actor?.id === me.id && emoji === reaction.emoji;
    const mine = told ? added : known !== undefined && isMine(known, reaction.emoji, me);
    if (!mine) return reaction;
    const users = [{ id: me.id, name: me.name }, ...reaction.users];
    return { ...reaction, users: users.slice(0, MAX_NAMED) };
  });
  return { ...message, reactions };
}

/** @typedef {{id: number, name: string}[]} People */

/**
 * Everyone who reacted to a message with one emoji: first those named by the message, then all of
 * them, page by page.
 */
export class Reactors {
  /** @type {People} */ people;
  count;
  #emoji;
  #ask;
  /** @type {string | null} where the next page starts; null also at first */
  #next = null;
  #begun = false;

  /**
   * @param {Reaction} reaction
   * @param {(emoji: string, after: string | null) => Promise<{users: People, next: string | null}>} ask
   */
  constructor({ emoji, count, users }, ask) {
    this.people = /** @type {People} */ (users);
    this.count = count;
    this.#emoji = emoji;
    this.#ask = ask;
  }

  /** Whether there are more than `people`. */
  get hasMore() {
    return this.#begun ? this.#next !== null : this.count > this.people.length;
  }

  /** Load the next page. Rejects if the server can't answer. */
  async more() {
    const { users, next } = await this.#ask(this.#emoji, this.#next);
    // The first page repeats those named by the message.
    this.people = this.#begun ? [...this.people, ...users] : users;
    this.#begun = true;
    this.#next = next;
    this.count = Math.max(this.count, this.people.length);
  }
}
