import { backoffSeconds } from "./lib/backoff.js";
import { clock as realClock } from "./lib/clock.js";
import { Emitter } from "./lib/emitter.js";
import { refusal } from "./lib/words.js";

/** @typedef {import('./lib/types.js').Post} Post */

/** Refusals that pass by themselves: the post waits, and says so. */
const PASSING = new Set(["rate_limited", "slow_mode", "unavailable"]);

/**
 * My posts until the server has them. Each is written to storage before it is sent, one entry per
 * post, so that a reload or a crash loses none and two tabs never write over each other. The nonce
 * makes sending twice harmless. One at a time per room: what I wrote first stands first.
 *
 * @extends {Emitter<{change: Post, sent: {post: Post, message: import('./lib/types.js').Message}, failed: {post: Post, error: any}, gone: Post}>}
 */
export class Outbox extends Emitter {
  /** @type {Map<string, Post>} */
  #posts = new Map();
  /** @type {Map<string, string>} room → the nonce that is on its way */
  #busy = new Map();
  /** @type {Map<string, any>} */
  #timers = new Map();
  #attempts = 0;
  #prefix;
  #request;
  #storage;
  #clock;

  /**
   * @param {object} world
   * @param {number} world.user
   * @param {(command: any) => Promise<any>} world.request
   * @param {Storage} world.storage
   * @param {import('./lib/clock.js').Clock} [world.clock]
   */
  constructor({ user, request, storage, clock = realClock }) {
    super();
    this.#prefix = `chatsite:post:${user}:`;
    this.#request = request;
    this.#storage = storage;
    this.#clock = clock;
    this.#restore();
  }

  /** @param {string} room */
  of(room) {
    return [...this.#posts.values()].filter((post) => post.room === room);
  }

  /** Sends what an earlier page left behind. */
  start() {
    for (const room of new Set([...this.#posts.values()].map((post) => post.room)))
      this.#next(room);
  }

  /**
   * @param {{room: string, body: string, reply_to: number | null}} draft
   * @returns {Post}
   */
  post({ room, body, reply_to }) {
    const created_at = new Date(this.#clock.now()).toISOString();
    const nonce = newNonce();
    /** @type {Post} */
    const post = { room, nonce, body, reply_to, created_at, state: "pending" };
    this.#store(post);
    this.#next(room);
    return post;
  }

  /** @param {string} nonce */
  retry(nonce) {
    const post = this.#posts.get(nonce);
    // A second click while the first is on its way changes nothing.
    if (post?.state !== "failed") return;
    this.#store({ ...post, state: "pending", note: undefined });
    this.#next(post.room);
  }

  /** @param {string} nonce */
  discard(nonce) {
    const post = this.#posts.get(nonce);
    if (post) {
      this.#forget(post);
      this.emit("gone", post);
    }
  }

  /** The message came back as an event, here or from another tab. @param {string} nonce */
  confirm(nonce) {
    const post = this.#posts.get(nonce);
    if (post) this.#forget(post);
  }

  /** @param {string} room */
  async #next(room) {
    if (this.#busy.has(room) || this.#timers.has(room)) return;
    const post = this.of(room).find(({ state }) => state === "pending");
    if (!post) return;
    this.#busy.set(room, post.nonce);
    try {
      const { nonce, body, reply_to } = post;
      const command = { type: "message.post", room, nonce, body };
      const reply = await this.#request(reply_to ? { ...command, reply_to } : command);
      this.#attempts = 0;
      this.#forget(post);
      this.emit("sent", { post, message: reply.message });
    } catch (error) {
      this.#refused(post, /** @type {any} */ (error));
    } finally {
      this.#busy.delete(room);
    }
    this.#next(room);
  }

  /**
   * @param {Post} post
   * @param {{code: string, detail?: string, retryAfter?: number}} error
   */
  #refused(post, error) {
    if (!this.#posts.has(post.nonce)) return; // discarded, or confirmed by its event
    if (!PASSING.has(error.code)) {
      const failed = /** @type {Post} */ ({ ...post, state: "failed", note: refusal(error) });
      this.#store(failed);
      this.emit("failed", { post: failed, error });
      return;
    }
    this.#attempts += 1;
    const seconds = error.retryAfter ?? 1 + backoffSeconds(this.#attempts);
    const wait = Math.max(1, Math.ceil(seconds));
    this.#store({ ...post, note: `${refusal({ code: error.code })} Sending again in ${wait} s.` });
    const timer = this.#clock.after(() => {
      this.#timers.delete(post.room);
      this.#next(post.room);
    }, seconds * 1000);
    this.#timers.set(post.room, timer);
  }

  #restore() {
    for (let i = 0; i < this.#storage.length; i += 1) {
      const key = this.#storage.key(i);
      if (!key?.startsWith(this.#prefix)) continue;
      const post = JSON.parse(this.#storage.getItem(key) ?? "null");
      if (post)
        this.#posts.set(post.nonce, {
          ...post,
          note: post.state === "failed" ? post.note : undefined,
        });
    }
    const inOrder = [...this.#posts.values()].sort((a, b) =>
      a.created_at < b.created_at ? -1 : 1,
    );
    this.#posts = new Map(inOrder.map((post) => [post.nonce, post]));
  }

  /** @param {Post} post */
  #store(post) {
    this.#posts.set(post.nonce, post);
    try {
      this.#storage.setItem(this.#prefix + post.nonce, JSON.stringify(post));
    } catch {
      // Storage is full or forbidden: the post is still sent, only a reload would lose it.
    }
    this.emit("change", post);
  }

  /** @param {Post} post */
  #forget(post) {
    this.#posts.delete(post.nonce);
    this.#storage.removeItem(this.#prefix + post.nonce);
  }
}

/** randomUUID is missing on plain http:// other than localhost, where a self-hosted chat may live. */
function newNonce() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
