import { keep } from "../lib/storage.js";

const MOST = 30;

/** The rooms visited recently on this computer, latest first. */
export class RecentRooms {
  #key;
  #storage;

  /** @param {{user: number, storage: import('../lib/storage.js').KeyValueStore}} world */
  constructor({ user, storage }) {
    this.#key = `chatsite:recent:${user}`;
    this.#storage = storage;
  }

  /** @returns {string[]} slugs */
  get rooms() {
    try {
      const kept = JSON.parse(this.#storage.getItem(this.#key) ?? "[]");
      return Array.isArray(kept) ? kept.filter((slug) => typeof slug === "string") : [];
    } catch {
      return []; // denied, or edited by hand
    }
  }

  /** @param {string} slug */
  visit(slug) {
    const others = this.rooms.filter((other) => other !== slug);
    // If it is full, the order is lost: it is a convenience.
    keep(this.#storage, this.#key, JSON.stringify([slug, ...others].slice(0, MOST)));
  }
}
