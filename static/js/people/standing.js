import { Emitter } from "../lib/emitter.js";
import { obstacle, obstacleOf, pausedAfter } from "./obstacles.js";

/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('../lib/types.js').Room} Room */

const LONGEST_TIMER_MS = 2 ** 31 - 1; // a browser treats a longer one as zero

/**
 * My standing in one room, and what I may do there. What keeps me from writing for a while ends by
 * itself; each `change` is a reason to redraw whatever depends on it.
 *
 * @extends {Emitter<{change: Room}>}
 */
export class Standing extends Emitter {
  room;
  /** I was removed, or may no longer know of the room. */
  #ended = false;
  /** @type {any} */ #timer = null;
  #left = false;
  #me;
  #siteStanding;
  #clock;
  #forget;

  /**
   * @param {Room} room
   * @param {object} world
   * @param {{id: number}} world.me
   * @param {import('./site-standing.js').SiteStanding} world.siteStanding
   * @param {import('../lib/clock.js').Clock} world.clock
   */
  constructor(room, { me, siteStanding, clock }) {
    super();
    this.room = room;
    this.#me = me.id;
    this.#siteStanding = siteStanding;
    this.#clock = clock;
    this.#forget = siteStanding.on("change", () => this.learn({}));
    this.#await();
  }

  // What I may do

  get moderates() {
    return this.#siteStanding.moderates(this.room) && !this.#ended;
  }

  /** Why I can't write here, or not yet. */
  get obstacle() {
    if (this.#ended) return obstacle("ended");
    return obstacleOf(this.room, { siteStanding: this.#siteStanding, now: this.#clock.now() });
  }

  /** Perhaps not at this moment: in slow mode one can type while waiting. */
  get mayWrite() {
    const { obstacle } = this;
    return obstacle === null || obstacle.kind === "slow";
  }

  /**
   * What the composer shows: the field, a button to join, or the reason.
   *
   * @returns {'write' | 'join' | 'closed'}
   */
  get mode() {
    if (this.mayWrite) return "write";
    return this.obstacle?.kind === "outside" ? "join" : "closed";
  }

  /** Seconds between two messages of mine; 0 if I needn't wait. */
  get pace() {
    return this.#siteStanding.moderates(this.room) ? 0 : this.room.slow_mode;
  }

  /** Also in announcement rooms. */
  get mayReact() {
    return this.mayWrite || this.obstacle?.kind === "announcement";
  }

  /** @param {Message} message */
  mayEdit(message) {
    return message.author.id === this.#me && !message.deleted && this.mayWrite;
  }

  /** Deleting isn't speaking, so muted people may, too. @param {Message} message */
  mayDelete(message) {
    const mine = message.author.id === this.#me && this.room.role !== null;
    return !message.deleted && (this.moderates || (mine && !this.room.archived));
  }

  // What happens

  /** @param {Partial<Room>} facts */
  learn(facts) {
    if (this.#left) return;
    this.room = { ...this.room, ...facts };
    this.#await();
    this.emit("change", this.room);
  }

  /** The server answered: I am in the room. @param {Room} room */
  enter(room) {
    this.#ended = false;
    this.learn(room);
  }

  /** I am no longer in the room. @param {Partial<Room>} [facts] */
  end(facts = {}) {
    this.#ended = true;
    this.learn(facts);
  }

  /** In slow mode, I wait after a message of mine. @param {string} at by the server's clock */
  posted(at) {
    if (this.room.slow_mode) this.learn({ next_post_at: pausedAfter(this.room, at) });
  }

  /** Just now, as far as I know. */
  posting() {
    this.posted(new Date(this.#clock.now() + this.#siteStanding.ahead).toISOString());
  }

  /** It was refused, so nothing was said. */
  refused() {
    this.learn({ next_post_at: null });
  }

  /**
   * The room changed: slow mode counts from my last message.
   *
   * @param {Partial<Room>} facts
   * @param {Message} [mine]
   */
  updated(facts, mine) {
    const { slow_mode, next_post_at } = this.room;
    this.learn(facts);
    if (this.room.slow_mode === slow_mode) return;
    const last = next_post_at
      ? new Date(Date.parse(next_post_at) - slow_mode * 1000).toISOString()
      : mine?.created_at;
    this.learn({ next_post_at: last ? pausedAfter(this.room, last) : null });
  }

  leave() {
    this.#left = true;
    this.#forget();
    this.#clock.cancel(this.#timer);
  }

  /** Wait for the end of the obstacle. */
  #await() {
    this.#clock.cancel(this.#timer);
    const { until = null } = this.obstacle ?? {};
    if (until === null) return;
    const ms = Math.min(Math.max(until - this.#clock.now(), 0), LONGEST_TIMER_MS);
    this.#timer = this.#clock.after(() => this.learn({}), ms);
  }
}
