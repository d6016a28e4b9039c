import { wantedOf } from "./ranking.js";

/**
 * A possible completion of a word.
 *
 * @typedef {object} Suggestion
 * @property {string} key
 * @property {string} name
 * @property {string} text that replaces the word
 * @property {string} [mark] sign before the name
 * @property {string} [emoji] shown before the name
 * @property {import('./types.js').User} [person] whose picture is shown before the name
 * @property {string} [hint]
 * @typedef {object} Named
 * @property {string[]} names folded, shortest way to write it first
 * @property {number} [lately] when they last spoke or were visited; higher is later
 * @property {boolean} [outside] a person who isn't in the room, or a room that wasn't joined
 */

export const [EXACT, BEGINS, WORD, ANYWHERE, NONE] = [0, 1, 2, 3, 4];

/**
 * The best completions for a partly typed word: exact names first, then those inside the room,
 * recent ones first, then by how well the name matches.
 *
 * @template {Named} Item
 * @param {Item[]} items
 * @param {string} query
 * @param {number} most
 * @returns {Item[]}
 */
export function best(items, query, most) {
  const wanted = wantedOf(query);
  const fitting = [];
  for (const item of items) {
    const fit = fitOf(item.names, wanted);
    if (fit < ANYWHERE) fitting.push({ item, fit });
  }
  fitting.sort((a, b) => compare(a, b) || a.fit - b.fit || byName(a.item, b.item));
  return fitting.slice(0, most).map(({ item }) => item);
}

/** @typedef {{item: Named, fit: number}} Fitting */

/** @param {Fitting} a @param {Fitting} b */
function compare(a, b) {
  return (
    Number(b.fit === EXACT) - Number(a.fit === EXACT) ||
    Number(a.item.outside ?? false) - Number(b.item.outside ?? false) ||
    (b.item.lately ?? 0) - (a.item.lately ?? 0)
  );
}

// Not localeCompare, which would take longer than all the rest: the names are folded.
/** @param {Named} a @param {Named} b */
const byName = (a, b) => (a.names[0] < b.names[0] ? -1 : Number(a.names[0] > b.names[0]));

/**
 * How well a query matches any of these names.
 *
 * @param {string[]} names
 * @param {string} wanted folded
 */
export function fitOf(names, wanted) {
  let fit = NONE;
  for (const name of names) {
    const at = name.indexOf(wanted);
    if (at < 0) continue;
    if (at === 0) fit = Math.min(fit, name.length === wanted.length ? EXACT : BEGINS);
    else fit = Math.min(fit, beginsWord(name, wanted, at) ? WORD : ANYWHERE);
    if (fit === EXACT) break;
  }
  return fit;
}

const PART = /[\s_.\-/&]/;

/** @param {string} name @param {string} wanted @param {number} at of the first occurrence */
function beginsWord(name, wanted, at) {
  for (let n = at; n > 0; n = name.indexOf(wanted, n + 1)) if (PART.test(name[n - 1])) return true;
  return false;
}
