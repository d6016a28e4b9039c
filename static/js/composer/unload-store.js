import { keep, local } from "../lib/storage.js";

/**
 * What a closing page could no longer store: its database may not finish, while localStorage is
 * written at once. The next page moves it into the store. Earlier versions of the site kept
 * everything here, in the same form.
 */
export class UnloadStore {
  #user;
  #storage;

  /** @param {{user: number, storage?: import('../lib/storage.js').KeyValueStore}} world */
  constructor({ user, storage = local }) {
    this.#user = user;
    this.#storage = storage;
  }

  /** @param {'post' | 'draft'} kind @param {string} name @param {object} words */
  keep(kind, name, words) {
    // If it is full, there is nowhere else to go.
    keep(this.#storage, this.#key(kind, name), JSON.stringify(words));
  }

  /**
   * The store has it by now, or something newer.
   *
   * @param {'post' | 'draft'} kind
   * @param {string} name
   */
  forget(kind, name) {
    this.#storage.removeItem(this.#key(kind, name));
  }

  /** @param {Pick<import('../lib/store.js').Store, 'write'>} store */
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
 * @returns {import('../lib/store.js').Step | null}
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
    // Written by another version or by hand: an unreadable entry must not block the others.
    return null;
  }
}

/**
 * Store a draft; an empty one is removed.
 *
 * @param {number} user
 * @param {string} room
 * @param {import('./drafts.js').Draft} draft
 * @returns {import('../lib/store.js').Step}
 */
export function draftStep(user, room, draft) {
  if (!draft.body && !draft.reply_to) return { store: "drafts", remove: [user, room] };
  return { store: "drafts", put: { user, room, ...draft } };
}
