import { namedBy } from "../lib/named.js";

/** @typedef {import('../lib/types.js').User} User */
/** @typedef {{people: number, addressed: string | null, outside: User[]}} Addressed */

/** Whom the names in what I write in a room mean, and how many people a text calls. */
export class RoomMentions {
  /** Members that were loaded for the composer, by username. @type {Map<string, number>} */
  #members = new Map();
  #me;
  #standing;
  #siteStanding;
  #timeline;
  #ask;
  #isConnected;

  /**
   * @param {object} world
   * @param {User} world.me
   * @param {import('../people/standing.js').Standing} world.standing
   * @param {import('../people/site-standing.js').SiteStanding} world.siteStanding
   * @param {import('../timeline/timeline.js').Timeline} world.timeline
   * @param {(command: {type: string, [field: string]: any}) => Promise<any>} world.ask
   * @param {() => boolean} world.isConnected
   */
  constructor({ me, standing, siteStanding, timeline, ask, isConnected }) {
    this.#me = me;
    this.#standing = standing;
    this.#siteStanding = siteStanding;
    this.#timeline = timeline;
    this.#ask = ask;
    this.#isConnected = isConnected;
  }

  get #room() {
    return this.#standing.room;
  }

  /** Whether I can say `@room` here. */
  get addressesRoom() {
    return this.#room.room_mention_by !== "moderators" || this.#siteStanding.moderates(this.#room);
  }

  /** The person meant by a name, as far as this page knows. @type {import('../markup/mentions.js').MentionOf} */
  of = (name) => {
    const { messages } = this.#timeline;
    if (name === "here" || name === "room")
      return this.#room.kind !== "direct" && (name === "here" || this.addressesRoom);
    if (name === this.#me.username) return this.#me.id;
    const spoke = () => messages.find(({ author }) => author.username === name)?.author.id;
    return this.#members.get(name) ?? namedBy(name) ?? spoke();
  };

  /** Whether a text may address many people, or somebody whom this page doesn't know. @param {string} body */
  asksBefore(body) {
    if (!this.#isConnected()) return false;
    const names = [...body.matchAll(/@(\w{2,32})/g)].map(([, name]) => name.toLowerCase());
    const isKeyword = (/** @type {string} */ name) => name === "room" || name === "here";
    if (names.some(isKeyword) && this.#room.kind !== "direct") return true;
    return names.some((name) => !isKeyword(name) && this.of(name) === undefined);
  }

  /** Whom a text would address. @param {string} body @returns {Promise<Addressed>} */
  preview(body) {
    return this.#ask({ type: "mention.preview", body });
  }

  /** @param {User[]} members */
  learn(members) {
    for (const { username, id } of members) this.#members.set(username, id);
  }

  /** Somebody has left. @param {User} member */
  forget({ username }) {
    this.#members.delete(username);
  }
}
