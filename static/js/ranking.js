import { fold } from "./lib/fold.js";
import { locale } from "./lib/gettext.js";

/**
 * Somewhere to go.
 *
 * @typedef {object} Goal
 * @property {string} key
 * @property {'mine' | 'person' | 'public'} kind
 * @property {string} name
 * @property {string} mark what stands before the name
 * @property {string} [address] of a room
 * @property {string} [username] of a person, who is found by it as well
 * @property {number} [unread]
 * @property {number} [mentions]
 * @property {boolean} [archived]
 * @property {number} [visited] how many rooms were visited after it; none: not lately
 */

const KINDS = ["mine", "person", "public"];

/**
 * What fits, the best first: names that begin so, names with a word that does, names that have it
 * anywhere. With nothing asked for: what is unread, then what was visited lately.
 *
 * @param {Goal[]} goals
 * @param {string} query
 * @returns {Goal[]}
 */
export function ranked(goals, query) {
  const wanted = wantedOf(query);
  const found = goals.map((goal) => ({ goal, fit: fitOf(goal, wanted) }));
  const fitting = found.filter(({ fit, goal }) => fit < NONE && (wanted || !goal.archived));
  return fitting.sort((a, b) => a.fit - b.fit || compare(a.goal, b.goal)).map(({ goal }) => goal);
}

const [BEGINS, WORD, ANYWHERE, NONE] = [0, 1, 2, 3];

/** @param {Goal} goal @param {string} wanted folded */
function fitOf({ name, username = "" }, wanted) {
  const names = [fold(name), username];
  if (names.some((one) => one.startsWith(wanted))) return BEGINS;
  if (names.some((one) => one.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(wanted))))
    return WORD;
  return names.some((one) => one.includes(wanted)) ? ANYWHERE : NONE;
}

/** @param {Goal} a @param {Goal} b */
function compare(a, b) {
  return (
    Number(a.archived ?? false) - Number(b.archived ?? false) ||
    KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
    Number((b.mentions ?? 0) > 0) - Number((a.mentions ?? 0) > 0) ||
    Number((b.unread ?? 0) > 0) - Number((a.unread ?? 0) > 0) ||
    (a.visited ?? Number.MAX_VALUE) - (b.visited ?? Number.MAX_VALUE) ||
    a.name.localeCompare(b.name, locale)
  );
}

/** What is looked for, folded, without the mark that may stand before a name. @param {string} query */
export const wantedOf = (query) => fold(query).trim().replace(/^[@#]/, "");
