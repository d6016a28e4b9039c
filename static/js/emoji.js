import { fold } from "./lib/fold.js";
import { gettext } from "./lib/gettext.js";
import { ANYWHERE, fitOf } from "./suggestions.js";

/**
 * @typedef {object} Emoji
 * @property {string} emoji
 * @property {string} name
 * @property {string[]} codes without their colons, the usual one first
 * @property {string[]} tags other words for it
 * @property {number} group
 * @property {string[]} tones the same in five colours of skin, from light to dark; mostly none
 *
 * @typedef {{emoji: string, annotation: string, shortcodes: string[], tags: string[], group: number,
 *   order: number, version: number, skins?: {emoji: string, tone: number | number[]}[]}} Published
 */

/** By their numbers in the data. Group 2 are the skin tones and hair styles by themselves. */
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

// Of 2021. What is newer is an empty box on many screens.
const NEWEST = 14;

/** @type {Map<string, Promise<Emoji[]>>} */
const loaded = new Map();
/** @type {Map<string, string>} of the table, once it is here */
const byCode = new Map();

/** The emoji of exactly this code, if the table was asked for before. @param {string} code */
export const emojiOf = (code) => byCode.get(code);

/**
 * Every emoji there is. Fetched once, when it is first asked for. Rejects when it can't be had, and
 * may be asked again.
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
  const table = tableOf(await response.json());
  for (const { emoji, codes } of table) for (const code of codes) byCode.set(code, emoji);
  return table;
}

/** @param {Published[]} published @returns {Emoji[]} in the order in which they are shown */
export function tableOf(published) {
  const shown = published.filter(({ group, version }) => group !== 2 && version <= NEWEST);
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

/** Those that other chats have taught everybody, which are the short ones. @param {string} code */
const rank = (code) => (/^[a-z]/.test(code) ? code.length : 20);

/**
 * Without the selector that asks for a picture where there is nothing else: the data have it
 * everywhere, keyboards and other people don't, and 👍 must be one reaction and not two.
 *
 * @param {string} emoji
 */
const plain = (emoji) => emoji.replace(/(\p{Emoji_Presentation})\uFE0F/gu, "$1");

/**
 * What somebody can mean who writes `query`. Short codes count more than other words, and what was
 * used lately counts more than what was not.
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
    // The middle of another word is meant by nobody.
    if (fit >= ANYWHERE + ANYWHERE) continue;
    const lately = used.indexOf(one.emoji);
    fitting.push({ one, fit, at: lately < 0 ? used.length + at : lately });
  }
  fitting.sort((a, b) => a.fit - b.fit || a.at - b.at);
  return fitting.slice(0, most).map(({ one }) => one);
}

/** @param {string} emoji */
const untoned = (emoji) => emoji.replace(/[\u{1F3FB}-\u{1F3FF}]/gu, "");

/** In the colour of skin that was chosen; 0 is none. @param {Emoji} one @param {number} tone */
export const toned = (one, tone) => one.tones[tone - 1] ?? one.emoji;

/** The emoji of exactly this code. @param {Emoji[]} table @param {string} code */
export const coded = (table, code) => table.find(({ codes }) => codes.includes(code.toLowerCase()));
