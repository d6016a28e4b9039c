import { allEmoji, coded, found, toned } from "./emoji.js";
import { escaped } from "./formatting.js";
import { fold } from "./lib/fold.js";
import { gettext } from "./lib/gettext.js";
import { best } from "./suggestions.js";

/** @typedef {import('./suggestions.js').Suggestion} Suggestion */
/** @typedef {import('./trigger.js').Trigger} Trigger */

const MOST = 8; // more is not read but typed past

/** What a word can be completed to: from what is known at once, and after asking for more. */
export class Completions {
  /** @type {import('./emoji.js').Emoji[]} */ #emoji = [];
  /** @type {Map<string, import('./ranking.js').Goal>} rooms that the server found */ #rooms =
    new Map();
  #people;
  #goals;
  #habits;
  #address;

  /**
   * @param {object} world
   * @param {import('./people.js').People} world.people
   * @param {Pick<import('./goals.js').Goals, 'mine' | 'publicRooms'>} world.goals
   * @param {import('./habits.js').Habits} world.habits
   * @param {string} world.address of the table of emoji
   */
  constructor({ people, goals, habits, address }) {
    this.#people = people;
    this.#goals = goals;
    this.#habits = habits;
    this.#address = address;
  }

  /** @param {Trigger} trigger @returns {Suggestion[]} the best first */
  of({ sign, query }) {
    if (sign === ":") return this.#emojiOf(query);
    return sign === "@" ? this.#peopleOf(query) : this.#roomsOf(query);
  }

  /**
   * Asks for what is not known yet; afterwards `of` may say more. Without a connection it says what
   * it can.
   *
   * @param {Trigger} trigger
   * @param {AbortSignal} signal
   */
  async learn({ sign, query }, signal) {
    try {
      if (sign === ":") this.#emoji = await allEmoji(this.#address);
      else if (sign === "@") await this.#people.find(query, signal);
      else if (query)
        for (const room of await this.#goals.publicRooms(query, signal))
          this.#rooms.set(room.key, room);
    } catch {
      // Suggestions are a comfort: what is typed stays as it is.
    }
  }

  /** What is asked for before the first key after the sign, since it is likely to be needed. @param {Trigger['sign']} sign */
  async prepare(sign) {
    if (sign === "@") await this.#people.load();
    if (sign === ":") await this.learn({ sign, query: "", start: 0, end: 0 }, NEVER);
  }

  /** The emoji whose code was just ended by a colon. @param {string} code */
  emojiCoded(code) {
    const one = coded(this.#emoji, code);
    return one && toned(one, this.#habits.tone);
  }

  /** @param {Suggestion} suggestion */
  take({ key, text }) {
    if (key.startsWith("emoji/")) this.#habits.use(text);
  }

  /** @param {string} query @returns {Suggestion[]} */
  #emojiOf(query) {
    const { recent, tone } = this.#habits;
    return found(this.#emoji, query, { recent, most: MOST }).map((one) => {
      const text = toned(one, tone);
      const code = one.codes.find((other) => other.startsWith(query.toLowerCase()));
      return { key: `emoji/${one.emoji}`, mark: text, name: `:${code ?? one.codes[0]}:`, text };
    });
  }

  /** @param {string} query @returns {Suggestion[]} */
  #peopleOf(query) {
    const { candidates, isComplete } = this.#people;
    return best(candidates, query, MOST).map(({ person, outside }) => ({
      key: `person/${person.id}`,
      person,
      name: person.name,
      hint:
        outside && isComplete
          ? gettext("@%(username)s · not in this room", { username: person.username })
          : `@${person.username}`,
      text: `@${person.username} `,
    }));
  }

  /** @param {string} query @returns {Suggestion[]} */
  #roomsOf(query) {
    const mine = this.#goals.mine.filter(({ mark, archived }) => mark !== "@" && !archived);
    const known = new Map(mine.map((room) => [room.key, room]));
    const rooms = new Map([...this.#rooms, ...known]);
    const items = [...rooms.values()].map((room) => ({
      room,
      names: [fold(room.name)],
      outside: !known.has(room.key),
      lately: room.visited === undefined ? 0 : 1 / (1 + room.visited),
    }));
    return best(items, query, MOST).map(({ room, outside }) => ({
      key: room.key,
      mark: room.mark,
      name: room.name,
      hint: outside ? gettext("not joined") : "",
      text: `${linkTo(room)} `,
    }));
  }
}

const NEVER = new AbortController().signal;

/** @param {import('./ranking.js').Goal} room */
function linkTo({ name, address = "" }) {
  return `[#${escaped(name)}](${new URL(address, location.origin)})`;
}
