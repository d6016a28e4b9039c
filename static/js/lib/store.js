import { Emitter } from "./emitter.js";

const NAME = "chatsite";
const PATIENCE_MS = 3000; // some browsers' databases never open, and never say so

/** What each version adds to the one before it. Never changed, only added to. */
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
];

/**
 * One step of a transaction: `put` takes the place of what has the same key, `remove` names a key,
 * `clear` leaves nothing of anybody.
 *
 * @typedef {'posts' | 'drafts' | 'deletions' | 'readings'} Name
 * @typedef {{store: Name, put?: any, remove?: any[], clear?: boolean}} Step
 */

/**
 * What must outlive the page, in IndexedDB, each record under the id of the person whose it is. No
 * call fails: who keeps something here has it in memory as well, and a browser that keeps nothing
 * (private mode, a full disk) must not keep anybody from talking. `failed` says so, once.
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
   * @returns {Promise<any[] | null>} null when it can't be known
   */
  async read(name, user) {
    try {
      const db = await this.#open();
      const request = db.transaction(name).objectStore(name).getAll(ofUser(user));
      return await result(request);
    } catch {
      // Nothing is lost by it yet: the first thing that is not kept says so.
      return null;
    }
  }

  /**
   * All of the steps or none. Steps are taken in the order of the calls.
   *
   * @param {Step[]} steps
   * @param {{strict?: boolean}} [how] strict: on the disk, and not only with the operating system
   * @returns {Promise<boolean>} whether they are kept
   */
  async write(steps, { strict = false } = {}) {
    try {
      await take(await this.#open(), steps, strict ? "strict" : "relaxed");
      return true;
    } catch {
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
      // A newer page in another tab waits for this one to let go.
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
    // Without waiting for the answers: a page that is closing gets none.
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
