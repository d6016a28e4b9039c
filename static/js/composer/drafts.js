import { clock as realClock } from "../lib/clock.js";
import { Emitter } from "../lib/emitter.js";
import { draftStep } from "./unload-store.js";

const SAVE_MS = 250; // after the first key since the last save, not after the last key

/** @typedef {{body: string, reply_to: number | null}} Draft */

/** @type {Draft} */
const NOTHING = { body: "", reply_to: null };

/**
 * Unsent text per room (and unsaved edits of my messages, see Edits), stored under the person's id.
 * It survives a reload, a crash and signing out, and the next person on this computer doesn't see
 * it. A draft from another tab is only taken over where nothing else was typed meanwhile.
 *
 * @extends {Emitter<{change: {room: string, draft: Draft}}>}
 */
export class Drafts extends Emitter {
  /** Until this resolves, every draft seems empty. @type {Promise<void>} */
  ready;
  /** @type {Map<string, Draft>} */
  #drafts = new Map();
  /** @type {Set<string>} rooms whose draft is newer than the stored one */
  #unsaved = new Set();
  /** @type {Map<string, string>} the text that the other tabs know */
  #told = new Map();
  /** @type {any} */ #timer = null;
  #user;
  #store;
  #tabs;
  #unloadStore;
  #clock;

  /**
   * @param {object} world
   * @param {number} world.user
   * @param {Pick<import('../lib/store.js').Store, 'read' | 'write'>} world.store
   * @param {Pick<import('../lib/tabs.js').Tabs, 'tell' | 'on'>} world.tabs
   * @param {import('./unload-store.js').UnloadStore} world.unloadStore
   * @param {import('../lib/clock.js').Clock} [world.clock]
   */
  constructor({ user, store, tabs, unloadStore, clock = realClock }) {
    super();
    this.#unloadStore = unloadStore;
    this.#user = user;
    this.#store = store;
    this.#tabs = tabs;
    this.#clock = clock;
    tabs.on("said", ({ draft }) => draft && this.#hear(draft));
    this.ready = this.restore();
  }

  /** @param {string} room @returns {Draft} */
  read(room) {
    return this.#drafts.get(room) ?? NOTHING;
  }

  get keys() {
    return [...this.#drafts.keys()];
  }

  /** @param {string} room */
  has(room) {
    return this.read(room).body.trim() !== "";
  }

  /** Whether this room has a draft or an unsaved edit of mine. @param {string} room */
  waitsIn(room) {
    return this.keys.some((key) => (key === room || key.startsWith(`${room}/`)) && this.has(key));
  }

  /** @param {string} room @param {Draft} draft */
  write(room, { body, reply_to }) {
    const known = this.read(room);
    if (known.body === body && known.reply_to === reply_to) return;
    this.#set(room, { body, reply_to });
    this.#saveSoon(room);
  }

  /** @param {string} room */
  #saveSoon(room) {
    this.#unsaved.add(room);
    this.#timer ??= this.#clock.after(() => this.save(), SAVE_MS);
  }

  /** The page is going away. */
  leave() {
    for (const room of this.#unsaved) this.#unloadStore.keep("draft", room, this.read(room));
    this.save();
  }

  /** Store what isn't stored yet: the page may be gone in a moment. */
  save() {
    this.#clock.cancel(this.#timer);
    this.#timer = null;
    const rooms = [...this.#unsaved];
    this.#unsaved.clear();
    if (rooms.length) this.#keep(rooms);
    for (const room of rooms) {
      const draft = this.read(room);
      this.#tabs.tell({ draft: { room, ...draft, base: this.#told.get(room) ?? "" } });
      this.#told.set(room, draft.body);
    }
  }

  /** Load what is stored, except over what was typed here meanwhile. */
  async restore() {
    const records = await this.#store.read("drafts", this.#user);
    if (!records) return;
    const stored = new Set(records.map(({ room }) => room));
    for (const room of this.#drafts.keys())
      if (!stored.has(room) && !this.#unsaved.has(room)) this.#set(room, NOTHING);
    for (const { room, body, reply_to } of records) {
      if (this.#unsaved.has(room) || typeof body !== "string") continue;
      this.#told.set(room, body);
      this.#set(room, { body, reply_to: reply_to ?? null });
    }
  }

  /** @param {string[]} rooms */
  async #keep(rooms) {
    const steps = rooms.map((room) => draftStep(this.#user, room, this.read(room)));
    if (!(await this.#store.write(steps))) return;
    for (const room of rooms) this.#unloadStore.forget("draft", room);
  }

  /**
   * Another tab's draft, and the text that it replaced. A tab that has that text, or none, takes
   * the draft over.
   *
   * @param {Draft & {room: string, base: string}} told
   */
  #hear({ room, body, reply_to, base }) {
    const mine = this.read(room).body;
    if (mine !== "" && mine !== base) return this.#insist(room, body);
    this.#unsaved.delete(room);
    this.#told.set(room, body);
    this.#set(room, { body, reply_to });
  }

  /**
   * Another tab sent its text, and with that removed the stored copy of this one.
   *
   * @param {string} room
   * @param {string} body
   */
  #insist(room, body) {
    if (body === "") this.#saveSoon(room);
  }

  /** @param {string} room @param {Draft} draft */
  #set(room, draft) {
    this.#drafts.set(room, draft);
    this.emit("change", { room, draft });
  }
}
