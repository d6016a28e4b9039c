import { keep, local } from "./lib/storage.js";

/**
 * What a page that is going away could not store any more: its database may not finish what it is
 * told now, while localStorage is written at once. The next page moves it into the store. What an
 * earlier version of the site kept lies here in the same form.
 */
export class LastWords {
  #user;
  #storage;

  /** @param {{user: number, storage?: import('./lib/storage.js').KeyValueStore}} world */
  constructor({ user, storage = local }) {
    this.#user = user;
    this.#storage = storage;
  }

  /** @param {'post' | 'draft'} kind @param {string} name @param {object} words */
  leave(kind, name, words) {
    // Full: there is nowhere else to go.
    keep(this.#storage, this.#key(kind, name), JSON.stringify(words));
  }

  /** The store has it now, or something newer. @param {'post' | 'draft'} kind @param {string} name */
  forget(kind, name) {
    this.#storage.removeItem(this.#key(kind, name));
  }

  /** @param {Pick<import('./lib/store.js').Store, 'write'>} store */
  async moveInto(store) {
    const found = this.#keys().flatMap((key) => {
      const step = read(key, this.#storage.getItem(key), this.#user);
      return step ? [{ key, step }] : [];
    });
    if (found.length === 0 || !(await store.write(found.map(({ step }) => step)))) return;
    for (const { key } of found) this.#storage.removeItem(key);
  }

  /** @param {string} kind @param {string} name */
  #key(kind, name) {
    return `chatsite:${kind}:${this.#user}:${name}`;
  }

  #keys() {
    const { length } = this.#storage;
    return Array.from({ length }, (_, index) => this.#storage.key(index) ?? "");
  }
}

/**
 * @param {string} key
 * @param {string | null} entry
 * @param {number} user
 * @returns {import('./lib/store.js').Step | null}
 */
function read(key, entry, user) {
  const [, kind, name] = key.match(new RegExp(`^chatsite:(post|draft):${user}:(.+)$`)) ?? [];
  if (!kind) return null;
  try {
    const { room = name, nonce, body, reply_to = null, ...rest } = JSON.parse(entry ?? "null");
    if (typeof body !== "string") return null;
    if (kind === "draft") return draftStep(user, name, { body, reply_to });
    if (typeof nonce !== "string" || typeof room !== "string") return null;
    return { store: "posts", put: { ...rest, user, room, nonce, body, reply_to } };
  } catch {
    // Written by another version, or by hand: what can't be read must not keep the others.
    return null;
  }
}

/**
 * An empty draft is none.
 *
 * @param {number} user
 * @param {string} room
 * @param {import('./drafts.js').Draft} draft
 * @returns {import('./lib/store.js').Step}
 */
export function draftStep(user, room, draft) {
  if (!draft.body && !draft.reply_to) return { store: "drafts", remove: [user, room] };
  return { store: "drafts", put: { user, room, ...draft } };
}
