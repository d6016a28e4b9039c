import { keep } from "../lib/storage.js";

const MOST = 12;

/** What somebody searched for on this computer, latest first. */
export class RecentSearches {
  #key;
  #storage;

  /** @param {{user: number, storage: import('../lib/storage.js').KeyValueStore}} world */
  constructor({ user, storage }) {
    this.#key = `chatsite:searches:${user}`;
    this.#storage = storage;
  }

  /** @returns {string[]} */
  get all() {
    try {
      const kept = JSON.parse(this.#storage.getItem(this.#key) ?? "[]");
      return Array.isArray(kept) ? kept.filter((query) => typeof query === "string") : [];
    } catch {
      return []; // denied, or edited by hand
    }
  }

  /** @param {string} query */
  add(query) {
    if (query) this.#keep([query, ...this.all.filter((other) => other !== query)].slice(0, MOST));
  }

  /** @param {string} query */
  remove(query) {
    this.#keep(this.all.filter((other) => other !== query));
  }

  clear() {
    this.#storage.removeItem(this.#key);
  }

  /** If it is full, they are forgotten: they are a convenience. @param {string[]} all */
  #keep(all) {
    keep(this.#storage, this.#key, JSON.stringify(all));
  }
}
