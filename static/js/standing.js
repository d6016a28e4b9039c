import { Emitter } from "./lib/emitter.js";
import { obstacle, obstacleOf, pausedAfter } from "./voice.js";

/** @typedef {import('./lib/types.js').Message} Message */
/** @typedef {import('./lib/types.js').Room} Room */

const LONGEST_TIMER_MS = 2 ** 31 - 1; // a browser takes a longer one for none

/**
 * What I am in one room, and what I may do there. What keeps me from writing for a while ends by
 * itself; each `change` is a reason to draw what depends on it.
 *
 * @extends {Emitter<{change: Room}>}
 */
export class Standing extends Emitter {
  room;
  /** I was put out, or may not know of the room any more. */
  #ended = false;
  /** @type {any} */ #timer = null;
  #left = false;
  #me;
  #voice;
  #clock;
  #forget;

  /**
   * @param {Room} room
   * @param {object} world
   * @param {{id: number}} world.me
   * @param {import('./voice.js').SiteVoice} world.voice
   * @param {import('./lib/clock.js').Clock} world.clock
   */
  constructor(room, { me, voice, clock }) {
    super();
    this.room = room;
    this.#me = me.id;
    this.#voice = voice;
    this.#clock = clock;
    this.#forget = voice.on("change", () => this.learn({}));
    this.#await();
  }

  // What I may do

  get moderates() {
    return this.#voice.moderates(this.room) && !this.#ended;
  }

  /** Why I can't write here, or not yet. */
  get obstacle() {
    if (this.#ended) return obstacle("ended");
    return obstacleOf(this.room, { voice: this.#voice, now: this.#clock.now() });
  }

  /** Perhaps not this moment: in slow mode one writes on while one waits. */
  get mayWrite() {
    const { obstacle } = this;
    return obstacle === null || obstacle.kind === "slow";
  }

  /** In a room of announcements, too. */
  get mayReact() {
    return this.mayWrite || this.obstacle?.kind === "announcement";
  }

  /** @param {Message} message */
  mayEdit(message) {
    return message.author.id === this.#me && !message.deleted && this.mayWrite;
  }

  /** Taking back is not speaking: the muted may, too. @param {Message} message */
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

  /** The server has answered: I am here. @param {Room} room */
  enter(room) {
    this.#ended = false;
    this.learn(room);
  }

  /** I am here no more. @param {Partial<Room>} [facts] */
  end(facts = {}) {
    this.#ended = true;
    this.learn(facts);
  }

  /** In slow mode one waits after a message of one's own. @param {string} at by the server's clock */
  posted(at) {
    if (this.room.slow_mode) this.learn({ next_post_at: pausedAfter(this.room, at) });
  }

  /** Just now, as far as I know. */
  posting() {
    this.posted(new Date(this.#clock.now() + this.#voice.ahead).toISOString());
  }

  /** It was refused, and has not been said. */
  refused() {
    this.learn({ next_post_at: null });
  }

  /** The room is another one: slow mode counts from my last message. @param {Partial<Room>} facts @param {Message} [mine] */
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

  /** The end of what is in my way. */
  #await() {
    this.#clock.cancel(this.#timer);
    const { until = null } = this.obstacle ?? {};
    if (until === null) return;
    const ms = Math.min(Math.max(until - this.#clock.now(), 0), LONGEST_TIMER_MS);
    this.#timer = this.#clock.after(() => this.learn({}), ms);
  }
}
