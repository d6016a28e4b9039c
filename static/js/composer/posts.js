import { Emitter } from "../lib/emitter.js";
import { endOf } from "./files.js";

/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('../lib/types.js').Post} Post */

/**
 * My posts as this page, the browser's store and my other tabs know them. Each is stored in one
 * transaction with the end of its draft, so that its text is in exactly one of the two places. A
 * settled post stays settled: old news from a tab that was asleep doesn't bring it back.
 *
 * @extends {Emitter<{change: Post, sent: {post: Post, message: Message}, gone: Post}>}
 */
export class Posts extends Emitter {
  /** @type {Map<string, Post>} */
  #posts = new Map();
  /** @type {Set<string>} nonces of posts that were sent or discarded */
  #settled = new Set();
  /** @type {Map<string, Promise<boolean>>} the latest write of each, by nonce */
  #writes = new Map();
  /** @type {Set<string>} nonces of posts that are stored as they are here */
  #kept = new Set();
  #written = 0;
  #user;
  #store;
  #tabs;
  #unloadStore;

  /**
   * @param {object} world
   * @param {number} world.user
   * @param {Pick<import('../lib/store.js').Store, 'read' | 'write'>} world.store
   * @param {Pick<import('../lib/tabs.js').Tabs, 'tell' | 'on'>} world.tabs
   * @param {import('./unload-store.js').UnloadStore} world.unloadStore
   */
  constructor({ user, store, tabs, unloadStore }) {
    super();
    this.#user = user;
    this.#store = store;
    this.#tabs = tabs;
    this.#unloadStore = unloadStore;
    tabs.on("said", (words) => this.#hear(words));
  }

  get all() {
    return [...this.#posts.values()];
  }

  /** @param {string} nonce */
  get(nonce) {
    return this.#posts.get(nonce);
  }

  /**
   * The date of a post written now: later than every earlier one, even if the clock is set back,
   * since posts are sorted by it.
   *
   * @param {number} now in milliseconds
   */
  timeAt(now) {
    return Math.max(now, this.#written + 1);
  }

  /** Adopt what is stored: another tab may have progressed while this one slept. */
  async restore() {
    const records = await this.#store.read("posts", this.#user);
    if (!records) return;
    const stored = new Map(records.map((record) => [record.nonce, read(record)]));
    for (const post of this.all) {
      if (stored.has(post.nonce) || !this.#kept.has(post.nonce)) continue;
      this.#drop(post);
      this.emit("gone", post);
    }
    for (const post of stored.values()) {
      if (!post || this.#settled.has(post.nonce)) continue;
      const known = this.#posts.get(post.nonce);
      if (known && (known.state === post.state || !this.#kept.has(post.nonce))) continue;
      this.#kept.add(post.nonce);
      this.#set(post);
    }
  }

  /** Show a post here and in the other tabs, without storing it. @param {Post} post */
  show(post) {
    this.#tabs.tell({ post });
    this.#set(post);
  }

  /**
   * Show a post here and in the other tabs, and store it.
   *
   * @param {Post} post
   * @param {import('../lib/store.js').Step[]} [steps] in the same transaction
   */
  async keep(post, steps = []) {
    this.show(post);
    const { waits, attachments, uploading, ...lasting } = post;
    const put = { ...lasting, user: this.#user };
    const written = this.#store.write([{ store: "posts", put }, ...steps], { strict: true });
    this.#writes.set(post.nonce, written);
    if (await written) this.#kept.add(post.nonce);
    else this.#kept.delete(post.nonce);
  }

  /** Whether it is stored, once that is known. @param {Post} post */
  stored({ nonce }) {
    return this.#writes.get(nonce);
  }

  /**
   * It was sent or discarded.
   *
   * @param {Post} post
   * @param {{keepsFiles?: boolean}} [how] keepsFiles: only the post ends
   */
  forget(post, { keepsFiles = false } = {}) {
    const { room, nonce, files = [] } = post;
    this.#drop(post);
    this.#unloadStore.forget("post", nonce);
    const ends = keepsFiles ? [] : files.flatMap((key) => endOf(this.#user, room, key));
    this.#store.write([{ store: "posts", remove: [this.#user, room, nonce] }, ...ends]);
  }

  /** The server has it. @param {Post} post @param {Message} message */
  sent(post, message) {
    this.forget(post);
    this.#tabs.tell({ sent: { post, message } });
    this.emit("sent", { post, message });
  }

  /** Discard it, here and in the other tabs. @param {Post} post @param {{keepsFiles?: boolean}} [how] */
  discard(post, how) {
    this.forget(post, how);
    this.#tabs.tell({ gone: post });
    this.emit("gone", post);
  }

  /** The page is going away, perhaps before the disk has what was just posted. */
  leave() {
    for (const post of this.#posts.values())
      if (!this.#kept.has(post.nonce)) this.#unloadStore.keep("post", post.nonce, post);
  }

  /** @param {{post?: Post, gone?: Post, sent?: {post: Post, message: Message}}} words */
  #hear({ post, gone, sent }) {
    if (post && !this.#settled.has(post.nonce)) this.#set(post);
    if (gone) {
      this.#drop(gone);
      this.emit("gone", gone);
    }
    if (sent) {
      this.#drop(sent.post);
      this.emit("sent", sent);
    }
  }

  /** @param {Post} post */
  #set(post) {
    this.#posts.set(post.nonce, post);
    this.#written = Math.max(this.#written, Date.parse(post.created_at));
    this.emit("change", post);
  }

  /** @param {Post} post */
  #drop({ nonce }) {
    this.#settled.add(nonce);
    this.#posts.delete(nonce);
    this.#writes.delete(nonce);
    this.#kept.delete(nonce);
  }
}

/**
 * An unreadable record, written by another version or by hand, must not hide the others.
 *
 * @param {any} record
 * @returns {Post | null}
 */
function read(record) {
  if (![record.nonce, record.room, record.body].every((field) => typeof field === "string"))
    return null;
  if (record.files !== undefined && !Array.isArray(record.files)) return null;
  const { user, ...post } = record;
  const written = Number.isNaN(Date.parse(post.created_at)) ? 0 : Date.parse(post.created_at);
  const state = ["failed", "held"].includes(post.state) ? post.state : "pending";
  return {
    ...post,
    created_at: new Date(written).toISOString(),
    state,
    note: state === "pending" ? undefined : post.note,
  };
}
