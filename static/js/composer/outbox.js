import { backoffSeconds } from "../lib/backoff.js";
import { clock as realClock } from "../lib/clock.js";
import { Emitter } from "../lib/emitter.js";
import { gettext } from "../lib/gettext.js";
import { refusal } from "../lib/labels.js";
import { newNonce } from "../lib/nonce.js";
import { PASSING } from "../lib/refusals.js";
import { PostFiles } from "./post-files.js";
import { Posts } from "./posts.js";
import { RoomPauses } from "./room-pauses.js";

/** @typedef {import('../lib/types.js').Post} Post */
/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('../lib/types.js').LocalFile} LocalFile */

/** Errors that aren't about the post itself. */
const BLIND = new Set(["offline", "timeout", "muted", "not_member"]);
const KEPT = gettext("Not saved yet. Kept in this browser.");
const STALE_MS = 7 * 24 * 3600 * 1000;
const STALE = gettext("You wrote this more than a week ago. Send it anyway?");
const DISK_MS = 250; // a slower disk doesn't hold up the conversation

/**
 * Sends my posts, which are stored first. The nonce makes it safe to send one twice. One at a time
 * per room, so they keep the order in which they were written. Of several tabs, the one in which I
 * last wrote sends; all show the same. A post with files is sent when the server has all of them,
 * and what was written after it waits, so that the order stays. `away` says when the next attempt is while the site can't
 * store anything (in milliseconds), then null.
 *
 * @extends {Emitter<{change: Post, sent: {post: Post, message: Message}, failed: {post: Post, error: any}, held: Post, gone: Post, away: number | null}>}
 */
export class Outbox extends Emitter {
  /** @type {Map<string, string>} room → nonce of the post being sent */
  #busy = new Map();
  /** @type {Set<string>} nonces of held posts to ask about: a moderator may have decided by now */
  #asked = new Set();
  #attempts = 0;
  #isAway = false;
  #sends = false;
  #user;
  #request;
  #posts;
  #files;
  #postFiles;
  #pauses;
  #tabs;
  #clock;
  #serverTime;

  /**
   * @param {object} world
   * @param {number} world.user
   * @param {(command: any) => Promise<any>} world.request
   * @param {Pick<import('../lib/store.js').Store, 'read' | 'write'>} world.store
   * @param {Pick<import('../lib/tabs.js').Tabs, 'tell' | 'take' | 'leads' | 'on'>} world.tabs
   * @param {import('./unload-store.js').UnloadStore} world.unloadStore
   * @param {import('./files.js').Files} world.files
   * @param {import('../lib/clock.js').Clock} [world.clock]
   * @param {() => number} [world.serverTime] in milliseconds; posts are dated by it, like messages
   */
  constructor({
    user,
    request,
    store,
    tabs,
    unloadStore,
    files,
    clock = realClock,
    serverTime = clock.now,
  }) {
    super();
    this.#user = user;
    this.#request = request;
    this.#posts = new Posts({ user, store, tabs, unloadStore });
    this.#files = files;
    this.#postFiles = new PostFiles(files);
    this.#pauses = new RoomPauses(clock);
    this.#tabs = tabs;
    this.#clock = clock;
    this.#serverTime = serverTime;
    this.#posts.on("change", (post) => this.emit("change", this.#postFiles.shown(post)));
    this.#posts.on("gone", (post) => this.#gone(post));
    this.#posts.on("sent", ({ post, message }) => {
      this.emit("sent", { post: this.#postFiles.shown(post), message });
      files.settle(post.files ?? []);
      this.#stores();
    });
    files.on("change", (file) => this.#fileChanged(file));
    tabs.on("lead", (leads) => (leads ? this.start() : this.#yield()));
  }

  /** In the order in which they were written. @param {string} room */
  of(room) {
    const posts = this.#posts.all.filter((post) => post.room === room);
    posts.sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
    return posts.map((post) => this.#postFiles.shown(post));
  }

  /** My files for a room that no post has yet. @param {string} room */
  unposted(room) {
    const posted = new Set(this.#posts.all.flatMap(({ files = [] }) => files));
    return this.#files.of(room).filter(({ key }) => !posted.has(key));
  }

  /**
   * Show what an earlier page or another tab left behind, and send it if this tab is the one that
   * sends.
   */
  async start() {
    await this.#files.ready;
    await this.#posts.restore();
    this.#sends = this.#tabs.leads;
    for (const room of new Set(this.#posts.all.map(({ room }) => room))) this.#next(room);
  }

  /**
   * @param {{room: string, body: string, reply_to: number | null, files?: string[]}} draft
   * @returns {Post}
   */
  post({ room, body, reply_to, files = [] }) {
    const created_at = new Date(this.#posts.timeAt(this.#serverTime())).toISOString();
    /** @type {Post} */
    const post = { room, nonce: newNonce(), body, reply_to, created_at, state: "pending" };
    if (files.length > 0) post.files = files;
    this.#posts.keep(post, [{ store: "drafts", remove: [this.#user, room] }]);
    this.#sendHere(room);
    return this.#postFiles.shown(post);
  }

  /** @param {string} nonce */
  retry(nonce) {
    const post = this.#posts.get(nonce);
    // A second click while the post is being sent changes nothing.
    if (post?.state !== "failed") return;
    this.#postFiles.retry(post);
    this.#posts.keep({ ...post, state: "pending", note: undefined, urged: true });
    this.#sendHere(post.room);
  }

  /** @param {string} nonce */
  discard(nonce) {
    const post = this.#posts.get(nonce);
    if (!post) return;
    this.#posts.discard(post);
    this.#files.remove(post.files ?? []);
  }

  /** Discard a post whose files its author still wants: they are in the composer again. @param {string} nonce */
  takeBack(nonce) {
    const post = this.#posts.get(nonce);
    if (post) this.#posts.discard(post, { keepsFiles: true });
  }

  /**
   * Ask what became of the held posts: the answer is lost with the connection, and only goes to
   * open rooms. Sending a post again asks, and doesn't duplicate it.
   *
   * @param {string} room
   */
  review(room) {
    for (const { nonce, state } of this.of(room)) if (state === "held") this.#asked.add(nonce);
    this.#next(room);
  }

  /** A moderator rejected it. @param {{nonce: string, detail: string}} refused */
  refuse({ nonce, detail }) {
    const post = this.#posts.get(nonce);
    if (post) this.#posts.keep({ ...post, state: "failed", note: detail, refused: true });
  }

  /** The page is going away. */
  leave() {
    this.#posts.leave();
  }

  /** The reader's 'Try now' while the storage is away. */
  wake() {
    for (const room of this.#pauses.awayRooms) this.#hurry(room);
  }

  /** The message came back as an event, here or from another tab. @param {string} nonce */
  confirm(nonce) {
    const post = this.#posts.get(nonce);
    if (!post) return;
    this.#posts.forget(post);
    this.#files.settle(post.files ?? []);
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
    const lacks = this.#postFiles.lacks(post);
    if (lacks) this.#refuse(post, lacks);
    if (lacks) return this.#next(room);
    if (lacks === "") return; // the last of its files calls again
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
    const command = { type: "message.post", room, nonce, body, ...this.#postFiles.attached(post) };
    try {
      const { message } = await this.#request(reply_to ? { ...command, reply_to } : command);
      this.#posts.sent(post, message);
    } catch (error) {
      this.#refused(post, /** @type {any} */ (error));
    }
  }

  /**
   * If it were sent before it is stored, a crash in between would show its text twice.
   *
   * @param {Post} post
   */
  #stored(post) {
    const patience = new Promise((resolve) => this.#clock.after(() => resolve(false), DISK_MS));
    return Promise.race([this.#posts.stored(post), patience]);
  }

  /** After a week a post may be out of place. @param {Post} post */
  #isStale({ created_at, state, urged }) {
    return !urged && state === "pending" && this.#serverTime() - Date.parse(created_at) > STALE_MS;
  }

  /**
   * @param {Post} post
   * @param {{code: string, detail?: string, retryAfter?: number}} error
   */
  #refused(post, error) {
    if (!this.#sends) return; // the tab that sends now is refused as well
    if (!this.#posts.get(post.nonce)) return this.#tellAway(); // discarded, or confirmed by its event
    if (error.code === "held") return this.#hold(post, error.detail);
    // It is with the moderators, and is asked about again when the next post is written.
    if (post.state === "held" && (PASSING.has(error.code) || BLIND.has(error.code))) return;
    if (error.code === "not_found" && post.files && !post.reposted) return this.#resend(post);
    if (!PASSING.has(error.code)) return this.#refuse(post, refusal(error), error);
    this.#attempts += 1;
    const away = error.code === "unavailable";
    // Everyone was refused at the same moment, so each retries at a random one.
    const pause = (error.retryAfter ?? 1) + backoffSeconds(this.#attempts);
    const seconds = away ? pause : (error.retryAfter ?? pause);
    this.#pauses.begin(post.room, { seconds, away }, () => this.#hurry(post.room));
    const note = away
      ? KEPT
      : gettext("%(reason)s Retrying in %(seconds)s s.", {
          reason: refusal({ code: error.code }),
          seconds: Math.max(1, Math.ceil(seconds)),
        });
    this.#posts.show({ ...post, waits: away, note });
    this.#tellAway();
  }

  /**
   * The server has it, and a moderator will review it.
   *
   * @param {Post} post
   * @param {string} [note]
   */
  #hold(post, note) {
    if (post.state !== "held") {
      /** @type {Post} */
      const held = { ...post, state: "held", waits: false, note };
      this.#posts.keep(held);
      this.emit("held", held);
    }
    this.#stores();
  }

  /** @param {Post} post @param {string} note @param {{code: string}} [error] */
  #refuse(post, note, error = { code: "files" }) {
    this.emit("failed", { post: this.#fail(post, note), error });
    this.#tellAway();
  }

  /** @param {Post} post @param {string} note */
  #fail(post, note) {
    /** @type {Post} */
    const failed = { ...post, state: "failed", waits: false, note, refused: post.state === "held" };
    this.#posts.keep(failed);
    return failed;
  }

  /** End the pause of a room. @param {string} room */
  #hurry(room) {
    this.#pauses.end(room);
    this.#next(room);
  }

  /** A post was stored: the others needn't wait any longer. */
  #stores() {
    this.#attempts = 0;
    this.wake();
    this.#tellAway();
  }

  #tellAway() {
    const { awayUntil } = this.#pauses;
    // While an attempt is under way, the last status holds.
    const waits = this.#sends && this.#posts.all.some((post) => post.waits);
    if (awayUntil === null && waits) return;
    if (awayUntil !== null || this.#isAway) this.emit("away", awayUntil);
    this.#isAway = awayUntil !== null;
  }

  // Files

  /**
   * The server no longer has a file, which it keeps for a day only: it is asked for each, and sent
   * what it lacks.
   *
   * @param {Post} post
   */
  #resend(post) {
    this.#posts.keep({ ...post, reposted: true });
    this.#postFiles.resend(post);
  }

  /** @param {LocalFile} file */
  #fileChanged({ key, room }) {
    const post = this.#posts.all.find(({ files }) => files?.includes(key));
    if (!post) return;
    this.emit("change", this.#postFiles.shown(post));
    this.#next(room);
  }

  // The other tabs

  /** Another tab sends now. What this tab has under way is harmless, and it sends nothing more. */
  #yield() {
    this.#sends = false;
    this.#pauses.clear();
    this.#tellAway();
  }

  /** @param {Post} post */
  #gone(post) {
    this.emit("gone", post);
    // It may be the very post that the site's storage can't take.
    if (this.#pauses.isAway(post.room)) this.#hurry(post.room);
    this.#tellAway();
  }
}
