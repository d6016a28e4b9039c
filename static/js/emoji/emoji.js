import { fold } from "../lib/fold.js";
import { gettext } from "../lib/gettext.js";
import { ANYWHERE, fitOf } from "../lib/suggestions.js";

/**
 * @typedef {object} Emoji
 * @property {string} emoji
 * @property {string} name
 * @property {string[]} codes without colons, the most usual first
 * @property {string[]} tags other words for it
 * @property {number} group
 * @property {string[]} tones the same emoji in five skin tones, from light to dark; mostly none
 * @typedef {{emoji: string, annotation: string, shortcodes: string[], tags: string[], group: number,
 *   order: number, version: number, skins?: {emoji: string, tone: number | number[]}[]}} Published
 */

/** The group of the site's own emoji. */
export const CUSTOM = -1;

/** By their numbers in the data. Group 2 holds skin tones and hair styles on their own. */
export const GROUPS = [
  { group: 0, name: gettext("Smileys"), mark: "😀" },
  { group: 1, name: gettext("People"), mark: "👋" },
  { group: 3, name: gettext("Animals and nature"), mark: "🐻" },
  { group: 4, name: gettext("Food and drink"), mark: "🍎" },
  { group: 5, name: gettext("Travel and places"), mark: "🚗" },
  { group: 6, name: gettext("Activities"), mark: "⚽" },
  { group: 7, name: gettext("Objects"), mark: "💡" },
  { group: 8, name: gettext("Symbols"), mark: "💛" },
  { group: 9, name: gettext("Flags"), mark: "🏁" },
];

const GROUP_OF_PARTS = 2;
// From 2021. Newer emoji show as empty boxes on many screens.
const NEWEST = 14;

/** @type {Map<string, Promise<Emoji[]>>} */
const loaded = new Map();
/** @type {Map<string, string>} from the table, once it is loaded */
const byCode = new Map();

/** The emoji with exactly this shortcode, if the table has been loaded. @param {string} code */
export const emojiOf = (code) => byCode.get(code);

/** @type {Map<string, string>} */
const spellings = new Map();

/** As the server spells it, selectors included. @param {string} code */
export const spellingOf = (code) => spellings.get(code);

/**
 * Load all emoji, once, when they are first needed. Rejects if they can't be loaded; the next call
 * tries again.
 *
 * @param {string} address of the published data
 */
export function allEmoji(address) {
  const known = loaded.get(address);
  if (known) return known;
  const fetched = fetchEmoji(address);
  loaded.set(address, fetched);
  fetched.catch(() => loaded.delete(address));
  return fetched;
}

/** @param {string} address */
async function fetchEmoji(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(String(response.status));
  /** @type {Published[]} */
  const published = await response.json();
  for (const [code, emoji] of spellingsOf(published)) spellings.set(code, emoji);
  const table = tableOf(published);
  for (const { emoji, codes } of table) for (const code of codes) byCode.set(code, emoji);
  return table;
}

/**
 * The site's own emoji, to be found like the others. What stands for one is its `:name:`.
 *
 * @param {import('./custom-emoji.js').CustomEmoji[]} custom
 * @returns {Emoji[]}
 */
export const customTable = (custom) =>
  custom.map(({ name }) => ({
    emoji: `:${name}:`,
    name: name.replaceAll("_", " "),
    codes: [name],
    tags: [],
    group: CUSTOM,
    tones: [],
  }));

/**
 * What rooms/text/shortcodes.py writes for a code.
 *
 * @param {Published[]} published
 * @returns {[string, string][]}
 */
export const spellingsOf = (published) =>
  published
    .filter(({ group, shortcodes }) => group !== GROUP_OF_PARTS && shortcodes)
    .flatMap(({ emoji, shortcodes }) =>
      shortcodes.map((code) => /** @type {[string, string]} */ ([code, emoji])),
    );

/** @param {Published[]} published @returns {Emoji[]} in display order */
export function tableOf(published) {
  const shown = published.filter(
    ({ group, version }) => group !== GROUP_OF_PARTS && version <= NEWEST,
  );
  return shown
    .sort((a, b) => a.order - b.order)
    .map(({ emoji, annotation, shortcodes, tags, group, skins = [] }) => ({
      emoji: plain(emoji),
      name: annotation,
      codes: shortcodes.toSorted((a, b) => rank(a) - rank(b)),
      tags: tags.map(fold),
      group,
      tones: [1, 2, 3, 4, 5].flatMap(
        (tone) => skins.find((skin) => skin.tone === tone)?.emoji ?? [],
      ),
    }));
}

/**
 * Prefer the shortcodes that people know from other chats, which are the short ones.
 *
 * @param {string} code
 */
const rank = (code) => (/^[a-z]/.test(code) ? code.length : 20);

/**
 * Remove the selector that asks for the emoji form where there is no other: the data always have
 * it, keyboards and people don't, and 👍 must be one reaction, not two.
 *
 * @param {string} emoji
 */
const plain = (emoji) => emoji.replace(/(\p{Emoji_Presentation})\uFE0F/gu, "$1");

/**
 * Emoji that match a query. Shortcodes rank above tags, and recently used emoji above others.
 *
 * @param {Emoji[]} table
 * @param {string} query
 * @param {{recent?: string[], most?: number}} [how]
 * @returns {Emoji[]}
 */
export function found(table, query, { recent = [], most = 1000 } = {}) {
  const wanted = fold(query)
    .trim()
    .replaceAll(/[\s:]+/g, "_")
    .replaceAll(/^_|_$/g, "");
  if (!wanted) return [];
  const fitting = [];
  const used = recent.map(untoned);
  for (const [at, one] of table.entries()) {
    const byCode = fitOf(one.codes, wanted);
    const fit = byCode < ANYWHERE ? byCode : ANYWHERE + fitOf(one.tags, wanted);
    // Nobody means the middle of another word.
    if (fit >= ANYWHERE + ANYWHERE) continue;
    const lately = used.indexOf(one.emoji);
    fitting.push({ one, fit, at: lately < 0 ? used.length + at : lately });
  }
  fitting.sort((a, b) => a.fit - b.fit || a.at - b.at);
  return fitting.slice(0, most).map(({ one }) => one);
}

/** @param {string} emoji */
const untoned = (emoji) => emoji.replace(/[\u{1F3FB}-\u{1F3FF}]/gu, "");

/** In the chosen skin tone; 0 is the default. @param {Emoji} one @param {number} tone */
export const toned = (one, tone) => one.tones[tone - 1] ?? one.emoji;

/** The emoji with exactly this shortcode. @param {Emoji[]} table @param {string} code */
export const coded = (table, code) => table.find(({ codes }) => codes.includes(code.toLowerCase()));
