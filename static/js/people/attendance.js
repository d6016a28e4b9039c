import { clock as realClock } from "../lib/clock.js";
import { Emitter } from "../lib/emitter.js";

/** @typedef {import('../protocol.js').Attendant} Attendant */

const GATHER_MS = 150; // a page that is drawn names many people
const AGAIN_MS = 5000; // after a refusal
const MOST = 500; // people whom the server lets one page watch
const SPARE = 100; // who are no longer shown may stay watched, so that scrolling asks for nothing
const PASSING = new Set(["rate_limited", "unavailable", "timeout"]);
const NOBODY = /** @type {const} */ ({ presence: null, status: null, quiet: null });

/**
 * The people at the site, and what they show beside their name: of the people whom this page shows. A
 * status and a quiet end at their time without being told.
 *
 * @extends {Emitter<{change: null}>}
 */
export class Attendance extends Emitter {
  /** @type {Map<number, Attendant>} */ #people = new Map();
  /** @type {Map<string, number[]>} by what shows them */ #shown = new Map();
  /** @type {Set<number>} */ #watched = new Set();
  /** More people are shown than can be watched. */
  isFull = false;
  /** @type {any} */ #pause = null;
  /** @type {any} */ #tick = null;
  #isAsking = false;
  #ask;
  #timeOf;
  #clock;

  /**
   * @param {object} world
   * @param {(command: {type: "people.watch", ids: number[]}) => Promise<any>} world.ask
   * @param {(iso: string) => number} world.timeOf a time of the server's, by this device's clock
   * @param {import('../lib/clock.js').Clock} [world.clock]
   */
  constructor({ ask, timeOf, clock = realClock }) {
    super();
    this.#ask = ask;
    this.#timeOf = timeOf;
    this.#clock = clock;
  }

  /**
   * @param {number} id
   * @returns {{presence: Attendant['presence'] | null, status: Attendant['status'], quiet: string | null}}
   *   presence null: not known yet; quiet: until when
   */
  of(id) {
    const one = this.#people.get(id);
    if (!one) return NOBODY;
    const { presence, status, quiet } = one;
    return {
      presence,
      status: this.#isOver(status?.until) ? null : status,
      quiet: this.#isOver(quiet.until) ? null : quiet.until,
    };
  }

  /** Name the people whom some part of the page shows. @param {string} where @param {number[]} ids */
  show(where, ids) {
    this.#shown.set(where, ids);
    this.isFull = this.#everybody.length > MOST;
    this.#askSoon();
  }

  /** The connection is new: the server knows of nobody whom this page shows. */
  open() {
    this.#watched.clear();
    this.#askSoon();
  }

  /** @param {{people: Attendant[]}} told */
  learn({ people }) {
    for (const one of people) this.#people.set(one.id, one);
    this.#changed();
  }

  #changed() {
    this.#clock.cancel(this.#tick);
    const now = this.#clock.now();
    const ends = [...this.#people.values()]
      .flatMap(({ status, quiet }) => [status?.until, quiet.until])
      .flatMap((until) => (until ? this.#timeOf(until) : []))
      .filter((end) => end > now);
    // A timer holds no more than 24 days.
    const wait = Math.min(...ends.map((end) => end - now), 86_400_000);
    if (ends.length > 0) this.#tick = this.#clock.after(() => this.#changed(), wait);
    this.emit("change", null);
  }

  /** @param {string | null | undefined} until */
  #isOver(until) {
    return Boolean(until) && this.#timeOf(/** @type {string} */ (until)) <= this.#clock.now();
  }

  #askSoon(wait = GATHER_MS) {
    this.#pause ??= this.#clock.after(() => {
      this.#pause = null;
      this.#watch();
    }, wait);
  }

  /** Those who were named first are the first to be watched. */
  get #everybody() {
    return [...new Set([...this.#shown.values()].flat())];
  }

  async #watch() {
    const ids = this.#everybody.slice(0, MOST);
    const isMissing = ids.some((id) => !this.#watched.has(id));
    if (this.#isAsking || (!isMissing && this.#watched.size <= ids.length + SPARE)) return;
    this.#isAsking = true;
    const before = this.#watched;
    this.#watched = new Set(ids);
    try {
      const told = await this.#ask({ type: "people.watch", ids });
      // Of the others, no change will be told.
      for (const id of before) if (!this.#watched.has(id)) this.#people.delete(id);
      this.learn(told);
    } catch (error) {
      if (this.#watched.size > 0) this.#watched = before;
      // An older server doesn't know the command; without a connection, `open` follows.
      if (PASSING.has(/** @type {any} */ (error).code)) this.#askSoon(AGAIN_MS);
      return;
    } finally {
      this.#isAsking = false;
    }
    this.#askSoon();
  }
}
