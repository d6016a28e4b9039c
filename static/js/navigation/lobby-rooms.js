import { fold } from "../lib/fold.js";
import { isNear } from "../lib/ranking.js";

/** @typedef {import('../lib/types.js').LobbyRoom} LobbyRoom */
/** @typedef {LobbyRoom & {key: string, sort: string, words: string}} Line */

/** The public rooms as far as the page knows them, in the server's order: by folded name. */
export class LobbyRooms {
  /** Whether there are others that the server didn't list. */ more = false;
  /** @type {Line[]} */ #lines = [];
  /** @type {Map<string, boolean>} whether I am in it, if an event said so */ #mine = new Map();

  /** What the server lists now. @param {LobbyRoom[]} rooms @param {boolean} more */
  reset(rooms, more) {
    this.#mine.clear();
    this.#lines = rooms.map(lineOf);
    this.more = more;
  }

  /**
   * @param {import('../lib/types.js').ServerEvent} event
   * @returns {boolean} whether anything here changed
   */
  hear({ type, room, ...facts }) {
    if (type === "room.added") return this.#joined(room.slug, true);
    if (type === "room.removed") return this.#joined(room, false);
    if (type !== "lobby.changed" || facts.name === undefined) return false;
    const at = this.#lines.findIndex(({ slug }) => slug === room);
    const before = this.#lines[at];
    if (before) this.#lines.splice(at, 1);
    if (facts.archived) return Boolean(before);
    const { name, topic, members } = /** @type {any} */ (facts);
    const joined = this.#mine.get(room) ?? before?.joined ?? false;
    const line = lineOf({ slug: room, name, topic, members, joined });
    const isBefore = (/** @type {Line} */ one) => one.sort > line.sort;
    // Where it was, unless its name moves it: the server may sort a little differently.
    const next = before?.sort === line.sort ? at : this.#lines.findIndex(isBefore);
    this.#lines.splice(next < 0 ? this.#lines.length : next, 0, line);
    return true;
  }

  /** @param {string} slug @param {boolean} joined */
  #joined(slug, joined) {
    this.#mine.set(slug, joined);
    const at = this.#lines.findIndex((line) => line.slug === slug);
    if (at < 0) return false;
    this.#lines[at] = { ...this.#lines[at], joined };
    return true;
  }

  /**
   * Those whose name, topic or address contains each word; if there are none, those that do but for
   * a typing error.
   *
   * @param {string} query
   */
  matching(query) {
    const words = fold(query).split(/\s+/).filter(Boolean);
    if (words.length === 0) return query.trim() ? [] : this.#lines;
    const found = this.#lines.filter((line) => words.every((word) => line.words.includes(word)));
    return found.length > 0 ? found : this.#lines.filter((line) => isNear(line.words, words));
  }

  /** @param {string} slug */
  get(slug) {
    return this.#lines.find((line) => line.slug === slug);
  }
}

/** @param {LobbyRoom} room @returns {Line} */
function lineOf(room) {
  const { slug, name, topic } = room;
  return { ...room, key: slug, sort: fold(name), words: fold(`${name} ${topic} ${slug}`) };
}
