import { Emitter } from "./emitter.js";

const NAME = "chatsite";
const PATIENCE_MS = 3000; // some browsers' databases never open, without an error

/** What each version adds to the one before. Only ever append. */
const UPGRADES = [
  (/** @type {IDBDatabase} */ db) => {
    db.createObjectStore("posts", { keyPath: ["user", "room", "nonce"] });
    db.createObjectStore("drafts", { keyPath: ["user", "room"] });
  },
  (/** @type {IDBDatabase} */ db) => {
    db.createObjectStore("deletions", { keyPath: ["user", "room", "number"] });
  },
  (/** @type {IDBDatabase} */ db) => {
    db.createObjectStore("readings", { keyPath: ["user", "room"] });
  },
  (/** @type {IDBDatabase} */ db) => {
    db.createObjectStore("files", { keyPath: ["user", "room", "key"] });
    // Apart, so that changing what is known of a file doesn't write its content again.
    db.createObjectStore("contents", { keyPath: ["user", "room", "key"] });
  },
];

/**
 * One step of a transaction: `put` replaces the record with the same key, `remove` names a key,
 * `clear` removes everyone's records.
 *
 * @typedef {'posts' | 'drafts' | 'deletions' | 'readings' | 'files' | 'contents'} Name
 * @typedef {{store: Name, put?: any, remove?: any[], clear?: boolean}} Step
 */

/**
 * What must outlive the page, in IndexedDB, under the id of the person it belongs to. No call
 * fails: callers have everything in memory as well, and a browser that stores nothing (private
 * mode, a full disk) must not keep anyone from talking. `failed` is emitted once.
 *
 * @extends {Emitter<{failed: null}>}
 */
export class Store extends Emitter {
  /** @type {Promise<IDBDatabase> | null} */
  #opening = null;
  #failed = false;

  /**
   * @param {Name} name
   * @param {number} user
   * @returns {Promise<any[] | null>} null if it can't be read
   */
  async read(name, user) {
    try {
      const db = await this.#open();
      const request = db.transaction(name).objectStore(name).getAll(ofUser(user));
      return await result(request);
    } catch {
      // Nothing is lost yet: the first write that fails will say so.
      return null;
    }
  }

  /**
   * Apply all of the steps or none. Calls take effect in order.
   *
   * @param {Step[]} steps
   * @param {{strict?: boolean, large?: boolean}} [how] strict: flushed to disk, not just handed to
   *   the operating system; large: there may be no room for it although there is for texts, so its
   *   failure isn't this browser's
   * @returns {Promise<boolean>} whether they were stored
   */
  async write(steps, { strict = false, large = false } = {}) {
    try {
      await take(await this.#open(), steps, strict ? "strict" : "relaxed");
      return true;
    } catch {
      if (large) return false;
      if (!this.#failed) this.emit("failed", null);
      this.#failed = true;
      return false;
    }
  }

  #open() {
    this.#opening ??= opened(() => {
      this.#opening = null;
    }).catch((error) => {
      this.#opening = null;
      throw error;
    });
    return this.#opening;
  }
}

/** @param {() => void} closed @returns {Promise<IDBDatabase>} */
function opened(closed) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("The database does not open")), PATIENCE_MS);
    const request = indexedDB.open(NAME, UPGRADES.length);
    request.onupgradeneeded = ({ oldVersion }) => {
      for (const upgrade of UPGRADES.slice(oldVersion)) upgrade(request.result);
    };
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      clearTimeout(late);
      const db = request.result;
      // A newer page in another tab waits for this connection to close.
      db.onversionchange = () => {
        closed();
        db.close();
      };
      db.onclose = closed;
      resolve(db);
    };
  });
}

/**
 * @param {IDBDatabase} db
 * @param {Step[]} steps
 * @param {IDBTransactionDurability} durability
 * @returns {Promise<void>}
 */
function take(db, steps, durability) {
  return new Promise((resolve, reject) => {
    const names = [...new Set(steps.map(({ store }) => store))];
    const transaction = db.transaction(names, "readwrite", { durability });
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
    for (const { store, put, remove, clear } of steps) {
      if (clear) transaction.objectStore(store).clear();
      if (put) transaction.objectStore(store).put(put);
      if (remove) transaction.objectStore(store).delete(remove);
    }
    // Without waiting for the results, which a closing page never gets.
    transaction.commit();
  });
}

/** @param {number} user */
const ofUser = (user) => IDBKeyRange.bound([user], [user, []]); // an array sorts after every string

/** @param {IDBRequest} request @returns {Promise<any>} */
function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
