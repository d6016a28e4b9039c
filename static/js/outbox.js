import { backoffSeconds } from "./lib/backoff.js";
import { clock as realClock } from "./lib/clock.js";
import { Emitter } from "./lib/emitter.js";
import { gettext } from "./lib/gettext.js";
import { refusal } from "./lib/words.js";
import { Posts } from "./posts.js";

/** @typedef {import('./lib/types.js').Post} Post */
/** @typedef {import('./lib/types.js').Message} Message */

/** Refusals that pass by themselves: the post waits, and says so. */
const PASSING = new Set(["rate_limited", "slow_mode", "unavailable"]);
/** Not said of the post itself. */
const BLIND = new Set(["offline", "timeout", "muted", "not_member"]);
const KEPT = gettext("Not stored yet, kept here.");
const STALE_MS = 7 * 24 * 3600 * 1000;
const STALE = gettext("It was written more than a week ago. Is it still to be sent?");
const DISK_MS = 250; // a disk that takes longer holds up no conversation

/**
 * @typedef {object} Pause of a room's posts
 * @property {any} timer
 * @property {number} until in milliseconds
 * @property {boolean} away whether it is the site's storage that they wait for
 */

/**
 * Sends my posts, which are stored before. The nonce makes sending twice harmless. One at a time per
 * room: what I wrote first stands first. Of several tabs one sends, the one in which I last wrote;
 * all show the same. `away` says when the next attempt is while the site can't store anything (in
 * milliseconds), then null.
 *
 * @extends {Emitter<{change: Post, sent: {post: Post, message: Message}, failed: {post: Post, error: any}, held: Post, gone: Post, away: number | null}>}
 */
export class Outbox extends Emitter {
  /** @type {Map<string, string>} room → the nonce that is on its way */
  #busy = new Map();
  /** @type {Map<string, Pause>} by room */
  #pauses = new Map();
  /** @type {Set<string>} nonces of posts to ask about, which a moderator may have read meanwhile */
  #asked = new Set();
  #attempts = 0;
  #isAway = false;
  #sends = false;
  #user;
  #request;
  #posts;
  #tabs;
  #clock;
  #serverTime;

  /**
   * @param {object} world
   * @param {number} world.user
   * @param {(command: any) => Promise<any>} world.request
   * @param {Pick<import('./lib/store.js').Store, 'read' | 'write'>} world.store
   * @param {Pick<import('./lib/tabs.js').Tabs, 'tell' | 'take' | 'leads' | 'on'>} world.tabs
   * @param {import('./last-words.js').LastWords} world.lastWords
   * @param {import('./lib/clock.js').Clock} [world.clock]
   * @param {() => number} [world.serverTime] in milliseconds; posts are dated by it, as messages are
   */
  constructor({
    user,
    request,
    store,
    tabs,
    lastWords,
    clock = realClock,
    serverTime = clock.now,
  }) {
    super();
    this.#user = user;
    this.#request = request;
    this.#posts = new Posts({ user, store, tabs, lastWords });
    this.#tabs = tabs;
    this.#clock = clock;
    this.#serverTime = serverTime;
    this.#posts.on("change", (post) => this.emit("change", post));
    this.#posts.on("gone", (post) => this.#gone(post));
    this.#posts.on("sent", (sent) => {
      this.emit("sent", sent);
      this.#stores();
    });
    tabs.on("lead", (leads) => (leads ? this.start() : this.#yield()));
  }

  /** In the order in which they were written. @param {string} room */
  of(room) {
    const posts = this.#posts.all.filter((post) => post.room === room);
    return posts.sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
  }

  /** Shows what an earlier page or another tab left behind, and sends it if this tab is to. */
  async start() {
    await this.#posts.restore();
    this.#sends = this.#tabs.leads;
    for (const room of new Set(this.#posts.all.map(({ room }) => room))) this.#next(room);
  }

  /**
   * @param {{room: string, body: string, reply_to: number | null}} draft
   * @returns {Post}
   */
  post({ room, body, reply_to }) {
    const created_at = new Date(this.#posts.timeAt(this.#serverTime())).toISOString();
    /** @type {Post} */
    const post = { room, nonce: newNonce(), body, reply_to, created_at, state: "pending" };
    this.#posts.keep(post, [{ store: "drafts", remove: [this.#user, room] }]);
    this.#sendHere(room);
    return post;
  }

  /** @param {string} nonce */
  retry(nonce) {
    const post = this.#posts.get(nonce);
    // A second click while the first is on its way changes nothing.
    if (post?.state !== "failed") return;
    this.#posts.keep({ ...post, state: "pending", note: undefined, urged: true });
    this.#sendHere(post.room);
  }

  /** @param {string} nonce */
  discard(nonce) {
    const post = this.#posts.get(nonce);
    if (post) this.#posts.discard(post);
  }

  /**
   * What became of the posts that wait for a moderator: the answer is lost with the line, and comes
   * to the rooms that are open. Sent again, each is the same one.
   *
   * @param {string} room
   */
  review(room) {
    for (const { nonce, state } of this.of(room)) if (state === "held") this.#asked.add(nonce);
    this.#next(room);
  }

  /** A moderator has read it, and doesn't post it. @param {{nonce: string, detail: string}} refused */
  refuse({ nonce, detail }) {
    const post = this.#posts.get(nonce);
    if (post) this.#posts.keep({ ...post, state: "failed", note: detail, refused: true });
  }

  /** The page is going away. */
  leave() {
    this.#posts.leave();
  }

  /** The reader's 'Try now', while the storage is away. */
  wake() {
    for (const [room, { away }] of [...this.#pauses]) if (away) this.#hurry(room);
  }

  /** The message came back as an event, here or from another tab. @param {string} nonce */
  confirm(nonce) {
    const post = this.#posts.get(nonce);
    if (!post) return;
    this.#posts.forget(post);
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
    const waits = (/** @type {Post} */ { state, nonce }) =>
      state === "pending" || (state === "held" && this.#asked.has(nonce));
    const post = this.of(room).find(waits);
    if (!post) return;
    this.#asked.delete(post.nonce);
    if (this.#isStale(post)) {
      this.#fail(post, STALE);
      return this.#next(room);
    }
    this.#busy.set(room, post.nonce);
    try {
      await this.#stored(post);
      if (this.#sends && this.#posts.get(post.nonce)) await this.#send(post);
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
      this.#posts.sent(post, message);
    } catch (error) {
      this.#refused(post, /** @type {any} */ (error));
    }
  }

  /** Sent before it is stored, a crash in between would show its text twice. @param {Post} post */
  #stored(post) {
    const patience = new Promise((resolve) => this.#clock.after(() => resolve(false), DISK_MS));
    return Promise.race([this.#posts.stored(post), patience]);
  }

  /** What lay here for a week may be long out of place. @param {Post} post */
  #isStale({ created_at, state, urged }) {
    return !urged && state === "pending" && this.#serverTime() - Date.parse(created_at) > STALE_MS;
  }

  /**
   * @param {Post} post
   * @param {{code: string, detail?: string, retryAfter?: number}} error
   */
  #refused(post, error) {
    if (!this.#sends) return; // the tab that sends now is refused, too
    if (!this.#posts.get(post.nonce)) return this.#tellAway(); // discarded, or confirmed by its event
    if (error.code === "held") return this.#hold(post, error.detail);
    // It lies with the moderators; when the next is written it is asked about again.
    if (post.state === "held" && (PASSING.has(error.code) || BLIND.has(error.code))) return;
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
    const note = away
      ? KEPT
      : gettext("%(reason)s Sending again in %(seconds)s s.", {
          reason: refusal({ code: error.code }),
          seconds: Math.max(1, Math.ceil(seconds)),
        });
    this.#posts.show({ ...post, waits: away, note });
    this.#tellAway();
  }

  /** The server has it, and a moderator reads it first. @param {Post} post @param {string} [note] */
  #hold(post, note) {
    if (post.state !== "held") {
      /** @type {Post} */
      const held = { ...post, state: "held", waits: false, note };
      this.#posts.keep(held);
      this.emit("held", held);
    }
    this.#stores();
  }

  /** @param {Post} post @param {string} note */
  #fail(post, note) {
    /** @type {Post} */
    const failed = { ...post, state: "failed", waits: false, note, refused: post.state === "held" };
    this.#posts.keep(failed);
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
    const waits = this.#sends && this.#posts.all.some((post) => post.waits);
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

  /** @param {Post} post */
  #gone(post) {
    this.emit("gone", post);
    // It may be the very one that the site's storage can't take.
    if (this.#pauses.get(post.room)?.away) this.#hurry(post.room);
    this.#tellAway();
  }
}

/** randomUUID is missing on plain http:// other than localhost, where a self-hosted chat may live. */
function newNonce() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
