import { Emitter } from "../lib/emitter.js";

/** @typedef {import('../lib/types.js').User} User */
/** @typedef {import('../lib/types.js').Muted} Muted */
/** @typedef {'hour' | 'day' | 'room'} Scope */

/**
 * What a room's moderators do to its people, and who is muted there as far as this page knows:
 * moderators aren't told of each other's mutes. `change` follows what was learnt or done.
 *
 * @extends {Emitter<{change: null}>}
 */
export class Moderation extends Emitter {
  /** @type {Map<number, Muted>} by person */ #mutes = new Map();
  #ask;
  #now;

  /**
   * @param {(command: {type: string, [field: string]: any}) => Promise<any>} ask
   * @param {() => number} now in milliseconds, by the server's clock
   */
  constructor(ask, now) {
    super();
    this.#ask = ask;
    this.#now = now;
  }

  /**
   * @param {Record<string, Muted>} mutes by person
   * @param {number[]} [people] these are all mutes of these people
   */
  learn(mutes, people = []) {
    for (const id of people) this.#mutes.delete(id);
    for (const [id, muted] of Object.entries(mutes)) this.#mutes.set(Number(id), muted);
    this.emit("change", null);
  }

  /** The mute that keeps someone from writing here. @param {number} id */
  muteOf(id) {
    const muted = this.#mutes.get(id);
    const isOver = muted?.until && Date.parse(muted.until) <= this.#now();
    return isOver ? undefined : muted;
  }

  /**
   * @param {User} person
   * @param {{seconds: number | null, reason: string}} how null: indefinitely
   */
  async mute({ id, username }, { seconds, reason }) {
    await this.#ask({ type: "member.mute", user: username, seconds, reason });
    const until = seconds && new Date(this.#now() + seconds * 1000).toISOString();
    this.learn({ [id]: { until: until || null, reason } });
  }

  /** @param {User} person */
  async unmute({ id, username }) {
    await this.#ask({ type: "member.unmute", user: username });
    this.#mutes.delete(id);
    this.emit("change", null);
  }

  /** @param {User} person @param {{seconds: number | null, reason: string}} how */
  async ban({ username }, { seconds, reason }) {
    await this.#ask({ type: "member.ban", user: username, seconds, reason });
  }

  /**
   * Make people members of the room.
   *
   * @param {User[]} people
   * @returns {Promise<User[]>} those who weren't before
   */
  async add(people) {
    const names = people.map(({ username }) => username);
    return (await this.#ask({ type: "member.add", people: names })).members;
  }

  /**
   * What a removal would remove.
   *
   * @param {User} person
   * @param {Scope} scope
   * @returns {Promise<import('../protocol.js').Preview>}
   */
  async preview({ username }, scope) {
    return (await this.#ask({ type: "removal.preview", user: username, scope })).preview;
  }

  /**
   * @param {User} person
   * @param {{scope: Scope, reason: string}} how
   * @returns {Promise<{count: number, finished: boolean, undo: () => Promise<void>}>}
   */
  async remove({ username }, { scope, reason }) {
    const { removal } = await this.#ask({ type: "removal.make", user: username, scope, reason });
    const undo = () => this.#ask({ type: "removal.undo", removal: removal.id });
    return { ...removal, undo };
  }

  /**
   * Report a message to the moderators.
   *
   * @param {{number: number, reason: string, note: string}} report
   */
  async report(report) {
    await this.#ask({ type: "message.report", ...report });
  }
}
