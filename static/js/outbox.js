import { backoffSeconds } from "./lib/backoff.js";
import { clock as realClock } from "./lib/clock.js";
import { Emitter } from "./lib/emitter.js";
import { refusal } from "./lib/words.js";

/** @typedef {import('./lib/types.js').Post} Post */
/** @typedef {import('./lib/types.js').Message} Message */

/** Refusals that pass by themselves: the post waits, and says so. */
const PASSING = new Set(["rate_limited", "slow_mode", "unavailable"]);
const KEPT = "Not stored yet, kept here.";
const STALE_MS = 7 * 24 * 3600 * 1000;
const STALE = "It was written more than a week ago. Is it still to be sent?";
const DISK_MS = 250; // a disk that takes longer holds up no conversation

/**
 * @typedef {object} Pause of a room's posts
 * @property {any} timer
 * @property {number} until in milliseconds
 * @property {boolean} away whether it is the site's storage that they wait for
 */

/**
 * My posts until the server has them. Each is stored before it is sent, so that a reload or a crash
 * loses none, and in one step with the end of its draft, so that its text is in one of two places
 * and never in both. The nonce makes sending twice harmless. One at a time per room: what I wrote
 * first stands first. Of several tabs one sends, the one in which I last wrote; all show the same.
 * `away` says when the next attempt is while the site can't store anything (in milliseconds), then
 * null.
 *
 * @extends {Emitter<{change: Post, sent: {post: Post, message: Message}, failed: {post: Post, error: any}, gone: Post, away: number | null}>}
 */
export class Outbox extends Emitter {
  /** @type {Map<string, Post>} */
  #posts = new Map();
  /** @type {Set<string>} nonces of posts that are sent or given up: old news brings none back */
  #settled = new Set();
  /** @type {Map<string, Promise<boolean>>} by nonce, its last way to the store */
  #writes = new Map();
  /** @type {Set<string>} nonces of posts that the store has as they are here */
  #kept = new Set();
  /** @type {Map<string, string>} room → the nonce that is on its way */
  #busy = new Map();
  /** @type {Map<string, Pause>} by room */
  #pauses = new Map();
  #attempts = 0;
  #isAway = false;
  #sends = false;
  #written = 0;
  #user;
  #request;
  #store;
  #tabs;
  #lastWords;
  #clock;

  /**
   * @param {object} world
   * @param {number} world.user
   * @param {(command: any) => Promise<any>} world.request
   * @param {Pick<import('./lib/store.js').Store, 'read' | 'write'>} world.store
   * @param {Pick<import('./lib/tabs.js').Tabs, 'tell' | 'take' | 'leads' | 'on'>} world.tabs
   * @param {import('./last-words.js').LastWords} world.lastWords
   * @param {import('./lib/clock.js').Clock} [world.clock]
   */
  constructor({ user, request, store, tabs, lastWords, clock = realClock }) {
    super();
    this.#lastWords = lastWords;
    this.#user = user;
    this.#request = request;
    this.#store = store;
    this.#tabs = tabs;
    this.#clock = clock;
    tabs.on("said", (words) => this.#hear(words));
    tabs.on("lead", (leads) => (leads ? this.start() : this.#yield()));
  }

  /** In the order in which they were written. @param {string} room */
  of(room) {
    const posts = [...this.#posts.values()].filter((post) => post.room === room);
    return posts.sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
  }

  /** Shows what an earlier page or another tab left behind, and sends it if this tab is to. */
  async start() {
    this.#adopt(await this.#store.read("posts", this.#user));
    this.#sends = this.#tabs.leads;
    for (const room of new Set([...this.#posts.values()].map(({ room }) => room))) this.#next(room);
  }

  /**
   * @param {{room: string, body: string, reply_to: number | null}} draft
   * @returns {Post}
   */
  post({ room, body, reply_to }) {
    // Later than all before it, whatever is done to the clock: they are sorted by it.
    const created_at = new Date(Math.max(this.#clock.now(), this.#written + 1)).toISOString();
    /** @type {Post} */
    const post = { room, nonce: newNonce(), body, reply_to, created_at, state: "pending" };
    this.#show(post);
    this.#keep(post, [{ store: "drafts", remove: [this.#user, room] }]);
    this.#sendHere(room);
    return post;
  }

  /** @param {string} nonce */
  retry(nonce) {
    const post = this.#posts.get(nonce);
    // A second click while the first is on its way changes nothing.
    if (post?.state !== "failed") return;
    /** @type {Post} */
    const again = { ...post, state: "pending", note: undefined, urged: true };
    this.#show(again);
    this.#keep(again);
    this.#sendHere(post.room);
  }

  /** @param {string} nonce */
  discard(nonce) {
    const post = this.#posts.get(nonce);
    if (!post) return;
    this.#forget(post);
    this.#tabs.tell({ gone: post });
    this.#gone(post);
  }

  /** The page is going away, perhaps sooner than the disk has what was just posted. */
  leave() {
    for (const post of this.#posts.values())
      if (!this.#kept.has(post.nonce)) this.#lastWords.leave("post", post.nonce, post);
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

  // Sending

  /** The tab in which I write is the one that sends. @param {string} room */
  #sendHere(room) {
    this.#tabs.take();
    this.#next(room);
  }

  /** @param {string} room @returns {Promise<void>} */
  async #next(room) {
    if (!this.#sends || this.#busy.has(room) || this.#pauses.has(room)) return;
    const post = this.of(room).find(({ state }) => state === "pending");
    if (!post) return;
    if (this.#isStale(post)) {
      this.#fail(post, STALE);
      return this.#next(room);
    }
    this.#busy.set(room, post.nonce);
    try {
      await this.#stored(post);
      if (this.#sends && this.#posts.has(post.nonce)) await this.#send(post);
    } finally {
      this.#busy.delete(room);
    }
    this.#next(room);
  }

  /** @param {Post} post */
  async #send(post) {
    const { room, nonce, body, reply_to } = post;
    const command = { type: "message.post", room, nonce, body };
    try {
      const { message } = await this.#request(reply_to ? { ...command, reply_to } : command);
      this.#forget(post);
      this.#tabs.tell({ sent: { post, message } });
      this.emit("sent", { post, message });
      this.#stores();
    } catch (error) {
      this.#refused(post, /** @type {any} */ (error));
    }
  }

  /** Sent before it is stored, a crash in between would show its text twice. @param {Post} post */
  #stored({ nonce }) {
    const patience = new Promise((resolve) => this.#clock.after(() => resolve(false), DISK_MS));
    return Promise.race([this.#writes.get(nonce), patience]);
  }

  /** What lay here for a week may be long out of place. @param {Post} post */
  #isStale({ created_at, urged }) {
    return !urged && this.#clock.now() - Date.parse(created_at) > STALE_MS;
  }

  /**
   * @param {Post} post
   * @param {{code: string, detail?: string, retryAfter?: number}} error
   */
  #refused(post, error) {
    if (!this.#sends) return; // the tab that sends now is refused, too
    if (!this.#posts.has(post.nonce)) return this.#tellAway(); // discarded, or confirmed by its event
    if (!PASSING.has(error.code)) {
      const failed = this.#fail(post, refusal(error));
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
    const note = away ? KEPT : `${refusal({ code: error.code })} ${wait}`;
    this.#show({ ...post, waits: away, note });
    this.#tellAway();
  }

  /** @param {Post} post @param {string} note */
  #fail(post, note) {
    /** @type {Post} */
    const failed = { ...post, state: "failed", waits: false, note };
    this.#show(failed);
    this.#keep(failed);
    return failed;
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
    const waits = this.#sends && [...this.#posts.values()].some((post) => post.waits);
    if (ends.length === 0 && waits) return;
    if (ends.length > 0 || this.#isAway) this.emit("away", ends.length ? Math.min(...ends) : null);
    this.#isAway = ends.length > 0;
  }

  // The other tabs

  /** Another tab sends. What this one has on its way is harmless, and nothing follows it. */
  #yield() {
    this.#sends = false;
    for (const { timer } of this.#pauses.values()) this.#clock.cancel(timer);
    this.#pauses.clear();
    this.#tellAway();
  }

  /** @param {{post?: Post, gone?: Post, sent?: {post: Post, message: Message}}} words */
  #hear({ post, gone, sent }) {
    // Not sent here: the tab in which it was written takes the lead.
    if (post && !this.#settled.has(post.nonce)) this.#set(post);
    if (gone) {
      this.#drop(gone);
      this.#gone(gone);
    }
    if (sent) {
      this.#drop(sent.post);
      this.emit("sent", sent);
      this.#stores();
    }
  }

  /**
   * Makes what is here what is stored: another tab may have come further while this one slept.
   *
   * @param {any[] | null} records
   */
  #adopt(records) {
    if (!records) return;
    const stored = new Map(records.map((record) => [record.nonce, read(record)]));
    for (const post of [...this.#posts.values()]) {
      if (stored.has(post.nonce) || !this.#kept.has(post.nonce)) continue;
      this.#drop(post);
      this.#gone(post);
    }
    for (const post of stored.values()) {
      if (!post || this.#settled.has(post.nonce)) continue;
      const known = this.#posts.get(post.nonce);
      if (known && (known.state === post.state || !this.#kept.has(post.nonce))) continue;
      this.#kept.add(post.nonce);
      this.#set(post);
    }
  }

  // What is kept

  /**
   * @param {Post} post
   * @param {import('./lib/store.js').Step[]} [steps] taken with it, or not at all
   */
  async #keep(post, steps = []) {
    const { waits, ...lasting } = post;
    const put = { ...lasting, user: this.#user };
    const written = this.#store.write([{ store: "posts", put }, ...steps], { strict: true });
    this.#writes.set(post.nonce, written);
    if (await written) this.#kept.add(post.nonce);
    else this.#kept.delete(post.nonce);
  }

  /** Here and in the other tabs. @param {Post} post */
  #show(post) {
    this.#tabs.tell({ post });
    this.#set(post);
  }

  /** @param {Post} post */
  #set(post) {
    this.#posts.set(post.nonce, post);
    this.#written = Math.max(this.#written, Date.parse(post.created_at));
    this.emit("change", post);
  }

  /** @param {Post} post */
  #forget(post) {
    this.#drop(post);
    this.#lastWords.forget("post", post.nonce);
    this.#store.write([{ store: "posts", remove: [this.#user, post.room, post.nonce] }]);
  }

  /** @param {Post} post */
  #drop({ nonce }) {
    this.#settled.add(nonce);
    this.#posts.delete(nonce);
    this.#writes.delete(nonce);
    this.#kept.delete(nonce);
  }

  /** @param {Post} post */
  #gone(post) {
    this.emit("gone", post);
    // It may be the very one that the site's storage can't take.
    if (this.#pauses.get(post.room)?.away) this.#hurry(post.room);
    this.#tellAway();
  }
}

/**
 * One that can't be read, written by another version or by hand, must not keep the page from the
 * others.
 *
 * @param {any} record
 * @returns {Post | null}
 */
function read(record) {
  if (![record.nonce, record.room, record.body].every((field) => typeof field === "string"))
    return null;
  const { user, ...post } = record;
  const written = Number.isNaN(Date.parse(post.created_at)) ? 0 : Date.parse(post.created_at);
  const failed = post.state === "failed";
  return {
    ...post,
    created_at: new Date(written).toISOString(),
    state: failed ? "failed" : "pending",
    note: failed ? post.note : undefined,
  };
}

/** randomUUID is missing on plain http:// other than localhost, where a self-hosted chat may live. */
function newNonce() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
