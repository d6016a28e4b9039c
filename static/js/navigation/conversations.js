import { gettext } from "../lib/gettext.js";
import { refusal } from "../lib/labels.js";
import { offer, say } from "../lib/toast.js";

/** @typedef {import('../lib/types.js').User} User */

const UNDO_SECONDS = 10;

/** My conversations: opening one with people, hiding one. */
export class Conversations {
  #ask;
  #visit;
  #rooms;

  /**
   * @param {object} world
   * @param {(command: any) => Promise<any>} world.ask
   * @param {(slug: string | null) => Promise<any>} world.visit a room; null: the lobby
   * @param {() => Iterable<import('../lib/types.js').RoomSummary>} world.rooms mine
   */
  constructor({ ask, visit, rooms }) {
    this.#ask = ask;
    this.#visit = visit;
    this.#rooms = rooms;
  }

  /**
   * The conversation of these people and me. Rejects with the refusal.
   *
   * @param {User[]} people
   * @returns {Promise<string>} its slug
   */
  async of(people) {
    const names = people.map(({ username }) => username);
    return (await this.#ask({ type: "room.direct", people: names })).room.slug;
  }

  /** @param {string} username */
  async openWith(username) {
    try {
      const { room } = await this.#ask({ type: "room.direct", people: [username] });
      await this.#visit(room.slug);
    } catch (error) {
      const reason = refusal(/** @type {any} */ (error));
      say(gettext("Couldn't open the conversation. %(reason)s", { reason }));
    }
  }

  /** @param {string} slug @param {boolean} isShown it is the open room */
  async hide(slug, isShown) {
    const failed = (/** @type {any} */ error) =>
      say(gettext("Couldn't change your list of rooms. %(reason)s", { reason: refusal(error) }));
    try {
      await this.#ask({ type: "room.hide", room: slug });
      if (isShown) await this.#visit(null);
    } catch (error) {
      return failed(error);
    }
    const take = () => this.#ask({ type: "room.unhide", room: slug }).catch(failed);
    const words = gettext("Conversation hidden. It's back with the next message.");
    offer(words, { label: gettext("Undo"), take, seconds: UNDO_SECONDS });
  }

  /** People I have conversations with. @returns {User[]} */
  get partners() {
    const all = [...this.#rooms()].flatMap(({ people = [] }) => people);
    return [...new Map(all.map((person) => [person.id, person])).values()];
  }
}
