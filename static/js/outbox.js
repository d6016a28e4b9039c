import { backoffSeconds } from "./lib/backoff.js";
import { clock as realClock } from "./lib/clock.js";
import { Emitter } from "./lib/emitter.js";
import { refusal } from "./lib/words.js";

/** @typedef {import('./lib/types.js').Post} Post */

/** Refusals that pass by themselves: the post waits, and says so. */
const PASSING = new Set(["rate_limited", "slow_mode", "unavailable"]);
const KEPT = "Not stored yet, kept here.";

/**
 * @typedef {object} Pause of a room's posts
 * @property {any} timer
 * @property {number} until in milliseconds
 * @property {boolean} away whether it is the site's storage that they wait for
 */

/**
 * My posts until the server has them. Each is written to storage before it is sent, one entry per
 * post, so that a reload or a crash loses none and two tabs never write over each other. The nonce
 * makes sending twice harmless. One at a time per room: what I wrote first stands first. `away`
 * says when the next attempt is while the site can't store anything (in milliseconds), then null.
 *
 * @extends {Emitter<{change: Post, sent: {post: Post, message: import('./lib/types.js').Message}, failed: {post: Post, error: any}, gone: Post, away: number | null}>}
 */
export class Outbox extends Emitter {
  /** @type {Map<string, Post>} */
  #posts = new Map();
  /** @type {Map<string, string>} room → the nonce that is on its way */
  #busy = new Map();
  /** @type {Map<string, Pause>} by room */
  #pauses = new Map();
  #attempts = 0;
  #isAway = false;
  #written = 0;
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
    // Later than all before it, whatever is done to the clock: a reload sorts them by it.
    this.#written = Math.max(this.#clock.now(), this.#written + 1);
    const created_at = new Date(this.#written).toISOString();
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
    if (!post) return;
    this.#forget(post);
    this.emit("gone", post);
    // It may be the very one that the storage can't take.
    if (this.#pauses.get(post.room)?.away) this.#hurry(post.room);
    this.#tellAway();
  }

  /** The reader's 'Try now', while the storage is away. */
  wake() {
    for (const [room, { away }] of [...this.#pauses]) if (away) this.#hurry(room);
  }

  /** The message came back as an event, here or from another tab. @param {string} nonce */
  confirm(nonce) {
    const post = this.#posts.get(nonce);
    if (!post) return;
    this.#forget(post);
    this.#stores();
  }

  /** @param {string} room */
  async #next(room) {
    if (this.#busy.has(room) || this.#pauses.has(room)) return;
    const post = this.of(room).find(({ state }) => state === "pending");
    if (!post) return;
    this.#busy.set(room, post.nonce);
    try {
      const { nonce, body, reply_to } = post;
      const command = { type: "message.post", room, nonce, body };
      const reply = await this.#request(reply_to ? { ...command, reply_to } : command);
      this.#forget(post);
      this.emit("sent", { post, message: reply.message });
      this.#stores();
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
    if (!this.#posts.has(post.nonce)) return this.#tellAway(); // discarded, or confirmed by its event
    if (!PASSING.has(error.code)) {
      const failed = /** @type {Post} */ ({
        ...post,
        state: "failed",
        waits: false,
        note: refusal(error),
      });
      this.#store(failed);
      this.emit("failed", { post: failed, error });
      this.#tellAway();
      return;
    }
    this.#attempts += 1;
    const away = error.code === "unavailable";
    // Everybody was refused at the same moment: each comes back at one of their own.
    const pause = (error.retryAfter ?? 1) + backoffSeconds(this.#attempts);
    const seconds = away ? pause : (error.retryAfter ?? pause);
    const timer = this.#clock.after(() => this.#hurry(post.room), seconds * 1000);
    this.#pauses.set(post.room, { timer, until: this.#clock.now() + seconds * 1000, away });
    const wait = `Sending again in ${Math.max(1, Math.ceil(seconds))} s.`;
    this.#store({
      ...post,
      waits: away,
      note: away ? KEPT : `${refusal({ code: error.code })} ${wait}`,
    });
    this.#tellAway();
  }

  /** Ends the pause of a room. @param {string} room */
  #hurry(room) {
    this.#clock.cancel(this.#pauses.get(room)?.timer);
    this.#pauses.delete(room);
    this.#next(room);
  }

  /** A post was stored: the others need not wait out what they wait. */
  #stores() {
    this.#attempts = 0;
    this.wake();
    this.#tellAway();
  }

  #tellAway() {
    const ends = [...this.#pauses.values()].filter(({ away }) => away).map(({ until }) => until);
    // While an attempt is on its way, the last word holds.
    if (ends.length === 0 && [...this.#posts.values()].some(({ waits }) => waits)) return;
    if (ends.length > 0 || this.#isAway) this.emit("away", ends.length ? Math.min(...ends) : null);
    this.#isAway = ends.length > 0;
  }

  #restore() {
    for (let i = 0; i < this.#storage.length; i += 1) {
      const key = this.#storage.key(i);
      if (!key?.startsWith(this.#prefix)) continue;
      const post = read(this.#storage.getItem(key));
      if (post) this.#posts.set(post.nonce, post);
    }
    const inOrder = [...this.#posts.values()].sort((a, b) =>
      a.created_at < b.created_at ? -1 : 1,
    );
    this.#posts = new Map(inOrder.map((post) => [post.nonce, post]));
    this.#written = Math.max(0, ...inOrder.map((post) => Date.parse(post.created_at)));
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

/**
 * One that can't be read, written by another version or by hand, must not keep the page from the
 * others.
 *
 * @param {string | null} entry
 * @returns {Post | null}
 */
function read(entry) {
  try {
    const post = JSON.parse(entry ?? "null");
    if (![post?.nonce, post?.room, post?.body].every((field) => typeof field === "string"))
      return null;
    const written = Number.isNaN(Date.parse(post.created_at)) ? 0 : Date.parse(post.created_at);
    const failed = post.state === "failed";
    return {
      ...post,
      created_at: new Date(written).toISOString(),
      state: failed ? "failed" : "pending",
      note: failed ? post.note : undefined,
      waits: undefined,
    };
  } catch {
    return null;
  }
}

/** randomUUID is missing on plain http:// other than localhost, where a self-hosted chat may live. */
function newNonce() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
