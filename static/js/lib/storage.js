/**
 * The browser's two key-value stores, which some browsers deny: reading `localStorage` throws if
 * site data is blocked, and returns null if the feature is off. Memory takes their place then, so
 * that the page works while it is open.
 *
 * @typedef {Pick<Storage, 'length' | 'key' | 'getItem' | 'setItem' | 'removeItem'>} KeyValueStore
 */

/** @implements {KeyValueStore} */
export class MemoryStorage {
  /** @type {Map<string, string>} */
  #items = new Map();

  get length() {
    return this.#items.size;
  }

  /** @param {number} index */
  key(index) {
    return [...this.#items.keys()][index] ?? null;
  }

  /** @param {string} key */
  getItem(key) {
    return this.#items.get(key) ?? null;
  }

  /** @param {string} key @param {string} value */
  setItem(key, value) {
    this.#items.set(key, value);
  }

  /** @param {string} key */
  removeItem(key) {
    this.#items.delete(key);
  }
}

/**
 * @param {'localStorage' | 'sessionStorage'} name
 * @param {any} [world] that has them as properties
 * @returns {KeyValueStore}
 */
export function storageOf(name, world = globalThis) {
  try {
    return world[name] ?? new MemoryStorage();
  } catch {
    return new MemoryStorage();
  }
}

/** Kept from visit to visit, if the browser keeps anything. */
export const local = storageOf("localStorage");
/** Kept as long as the tab. */
export const session = storageOf("sessionStorage");

/**
 * @param {Pick<KeyValueStore, 'setItem'>} storage
 * @param {string} key
 * @param {string} value
 * @returns {boolean} false if the storage is full: then the old value stays
 */
export function keep(storage, key, value) {
  try {
    storage.setItem(key, value);
    return true;
  } catch {
    return false;
  }
}
