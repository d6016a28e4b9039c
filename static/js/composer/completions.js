import { allCustomEmoji, loadCustomEmoji } from "../emoji/custom-emoji.js";
import { allEmoji, CUSTOM, coded, customTable, found, toned } from "../emoji/emoji.js";
import { fold } from "../lib/fold.js";
import { gettext, ngettext } from "../lib/gettext.js";
import { best } from "../lib/suggestions.js";
import { escaped } from "./formatting.js";

/** @typedef {import('../lib/suggestions.js').Suggestion} Suggestion */
/** @typedef {import('./trigger.js').Trigger} Trigger */

const MOST = 8; // people type on rather than read more

/** Completions for a word: those known at once, and more after asking the server. */
export class Completions {
  /** @type {import('../emoji/emoji.js').Emoji[]} */ #emoji = [];
  /** @type {Map<string, import('../lib/ranking.js').Destination>} rooms found by the server */ #rooms =
    new Map();
  #people;
  #destinations;
  #preferences;
  #address;

  /**
   * @param {object} world
   * @param {import('./people.js').People} world.people
   * @param {Pick<import('../navigation/destinations.js').Destinations, 'mine' | 'publicRooms'>}
   *   world.destinations
   * @param {import('../emoji/emoji-preferences.js').EmojiPreferences} world.preferences
   * @param {string} world.address of the emoji table
   */
  constructor({ people, destinations, preferences, address }) {
    this.#people = people;
    this.#destinations = destinations;
    this.#preferences = preferences;
    this.#address = address;
  }

  /** @param {Trigger} trigger @returns {Suggestion[]} best first */
  of({ sign, query }) {
    if (sign === ":") return this.#emojiOf(query);
    return sign === "@" ? this.#peopleOf(query) : this.#roomsOf(query);
  }

  /**
   * Fetch what isn't known yet, so that `of` can return more. Offline, `of` returns what it can.
   *
   * @param {Trigger} trigger
   * @param {AbortSignal} signal
   */
  async learn({ sign, query }, signal) {
    try {
      if (sign === ":")
        [this.#emoji] = await Promise.all([allEmoji(this.#address), loadCustomEmoji()]);
      else if (sign === "@") await this.#people.find(query, signal);
      else if (query)
        for (const room of await this.#destinations.publicRooms(query, signal))
          this.#rooms.set(room.key, room);
    } catch {
      // Suggestions are a convenience: what was typed stays as it is.
    }
  }

  /**
   * Fetch what will probably be needed, before the first key after the sign.
   *
   * @param {Trigger['sign']} sign
   */
  async prepare(sign) {
    if (sign === "@") await this.#people.load();
    if (sign === ":") await this.learn({ sign, query: "", start: 0, end: 0 }, NEVER);
  }

  /** The emoji whose shortcode was just completed by a colon. @param {string} code */
  emojiCoded(code) {
    const one = coded(this.#emoji, code);
    return one && toned(one, this.#preferences.tone);
  }

  /** @param {Suggestion} suggestion */
  take({ key, text }) {
    if (key.startsWith("emoji/")) this.#preferences.use(text.trim());
  }

  /** @param {string} query @returns {Suggestion[]} */
  #emojiOf(query) {
    const { recent, tone } = this.#preferences;
    const table = [...customTable(allCustomEmoji()), ...this.#emoji];
    return found(table, query, { recent, most: MOST }).map((one) => {
      const emoji = toned(one, tone);
      const code = one.codes.find((other) => other.startsWith(query.toLowerCase()));
      // The site's own stay text, which a letter right after it would spoil.
      const text = one.group === CUSTOM ? `${emoji} ` : emoji;
      return { key: `emoji/${one.emoji}`, emoji, name: `:${code ?? one.codes[0]}:`, text };
    });
  }

  /** @param {string} query @returns {Suggestion[]} */
  #peopleOf(query) {
    const { candidates, isComplete } = this.#people;
    const keywords = this.#keywordsOf(query);
    const people = best(candidates, query, MOST - keywords.length).map(({ person, outside }) => ({
      key: `person/${person.id}`,
      person,
      name: person.name,
      hint:
        outside && isComplete
          ? gettext("@%(username)s · not in this room", { username: person.username })
          : `@${person.username}`,
      text: `@${person.username} `,
    }));
    return [...people, ...keywords];
  }

  /** @param {string} query @returns {Suggestion[]} */
  #keywordsOf(query) {
    const { keywords, size } = this.#people;
    const hints = {
      here: gettext("everyone who is online"),
      room: ngettext("the only member", "all %(count)s members", size),
    };
    return keywords
      .filter((keyword) => keyword.startsWith(query.toLowerCase()))
      .map((keyword) => ({
        key: `keyword/${keyword}`,
        mark: "@",
        name: keyword,
        hint: hints[keyword],
        text: `@${keyword} `,
      }));
  }

  /** @param {string} query @returns {Suggestion[]} */
  #roomsOf(query) {
    const mine = this.#destinations.mine.filter(({ mark, archived }) => mark !== "@" && !archived);
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

/** @param {import('../lib/ranking.js').Destination} room */
function linkTo({ name, address = "" }) {
  return `[#${escaped(name)}](${new URL(address, location.origin)})`;
}
