import { clock as realClock } from "../lib/clock.js";
import { keep } from "../lib/storage.js";

/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('../lib/types.js').User} User */

/** @typedef {{room: string, name: string, me: User, messages: Message[], at: number}} Reading of a room */

const ROOMS = 20;
const MESSAGES = 50; // per room
const READER = "chatsite:reader";

/**
 * What I last read in each of my rooms, for when the site can't be reached. A browser keeps this
 * for one person: signing in as another removes it, signing out leaves nothing behind, and so does
 * leaving a room.
 */
export class OfflinePages {
  /** @type {Map<string, number>} room → when it was stored, in milliseconds */
  #rooms = new Map();
  #ended = false;
  #me;
  #store;
  #storage;
  #clock;

  /**
   * @param {object} world
   * @param {User} world.me
   * @param {Pick<import('../lib/store.js').Store, 'read' | 'write'>} world.store
   * @param {Pick<import('../lib/storage.js').KeyValueStore, 'getItem' | 'setItem' | 'removeItem'>} world.storage
   * @param {import('../lib/clock.js').Clock} [world.clock]
   */
  constructor({ me, store, storage, clock = realClock }) {
    this.#me = me;
    this.#store = store;
    this.#storage = storage;
    this.#clock = clock;
  }

  /** From now on, I am the one who reads here. */
  async begin() {
    if (readerOf(this.#storage) !== this.#me.id) {
      this.#store.write([{ store: "readings", clear: true }]);
      become(this.#storage, this.#me);
    }
    for (const { room, at } of (await this.#store.read("readings", this.#me.id)) ?? [])
      if (!this.#rooms.has(room)) this.#rooms.set(room, at);
  }

  /**
   * @param {{slug: string, name: string}} room
   * @param {Message[]} messages that were read, oldest first
   */
  keep({ slug, name }, messages) {
    // Another tab may belong to someone else by now.
    if (this.#ended || messages.length === 0 || readerOf(this.#storage) !== this.#me.id) return;
    const at = this.#clock.now();
    /** @type {Reading} */
    const reading = { room: slug, name, me: plain(this.#me), at, messages: lastOf(messages) };
    this.#rooms.delete(slug);
    this.#rooms.set(slug, at);
    this.#store.write([
      { store: "readings", put: { ...reading, user: this.#me.id } },
      ...this.#surplus().map((room) => this.#removal(room)),
    ]);
  }

  /** Keep only these rooms: I am in no others. @param {string[]} rooms */
  retain(rooms) {
    const gone = [...this.#rooms.keys()].filter((room) => !rooms.includes(room));
    for (const room of gone) this.forget(room);
  }

  /** @param {string} room */
  forget(room) {
    this.#rooms.delete(room);
    this.#store.write([this.#removal(room)]);
  }

  /** Signed out: nothing is left, and nothing more is stored. */
  end() {
    this.#ended = true;
    if (readerOf(this.#storage) === this.#me.id) forgetReader(this.#store, this.#storage);
  }

  #surplus() {
    const rooms = [...this.#rooms].sort(([, a], [, b]) => b - a).slice(ROOMS);
    for (const [room] of rooms) this.#rooms.delete(room);
    return rooms.map(([room]) => room);
  }

  /** @param {string} room @returns {import('../lib/store.js').Step} */
  #removal(room) {
    return { store: "readings", remove: [this.#me.id, room] };
  }
}

/**
 * The person whose pages this browser may show without a server.
 *
 * @param {Pick<import('../lib/storage.js').KeyValueStore, 'getItem'>} storage
 */
export const readerOf = (storage) => Number(storage.getItem(READER)) || null;

/**
 * Nobody is signed in here.
 *
 * @param {Pick<import('../lib/store.js').Store, 'write'>} store
 * @param {Pick<import('../lib/storage.js').KeyValueStore, 'removeItem'>} storage
 */
export function forgetReader(store, storage) {
  storage.removeItem(READER);
  store.write([{ store: "readings", clear: true }]);
}

/** @param {Pick<import('../lib/storage.js').KeyValueStore, 'setItem'>} storage @param {User} me */
function become(storage, { id }) {
  // If it is full, nothing is stored for anyone.
  keep(storage, READER, String(id));
}

/** As they can be read without a server, which has the pictures. @param {Message[]} messages */
function lastOf(messages) {
  return messages.slice(-MESSAGES).map(({ attachments, body, html, ...message }) => ({
    ...message,
    // A message that I am about to delete still has them.
    ...(message.deleted ? {} : { body, html }),
    author: plain(message.author),
    reactions: [],
  }));
}

/** @param {User} user @returns {User} */
const plain = (user) => ({ ...user, avatar: null });
