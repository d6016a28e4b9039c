import { Emitter } from "../lib/emitter.js";

/** @typedef {import('../lib/types.js').User} User */

/**
 * The people who are present. The server's count is the truth: in a large room `joined` and `left`
 * may be partial.
 *
 * @extends {Emitter<{change: Presence}>}
 */
export class Presence extends Emitter {
  /** @type {Map<number, User>} */
  users = new Map();
  count = 0;

  /** @param {User[]} online */
  reset(online) {
    this.users = new Map(online.map((user) => [user.id, user]));
    this.count = this.users.size;
    this.emit("change", this);
  }

  /** @param {{online: number, joined: User[], left: User[]}} event */
  apply({ online, joined, left }) {
    for (const user of left ?? []) this.users.delete(user.id);
    for (const user of joined ?? []) this.users.set(user.id, user);
    this.count = online ?? this.users.size;
    this.emit("change", this);
  }

  /** @param {User} person with their new name */
  rename(person) {
    if (!this.users.has(person.id)) return;
    this.users.set(person.id, person);
    this.emit("change", this);
  }

  /** @param {number} id */
  has(id) {
    return this.users.has(id);
  }
}
