import { wantedOf } from "./ranking.js";

/**
 * Something that a word could be completed to.
 *
 * @typedef {object} Suggestion
 * @property {string} key
 * @property {string} name
 * @property {string} text that takes the word's place
 * @property {string} [mark] what stands before the name
 * @property {import('./lib/types.js').User} [person] whose picture stands before the name
 * @property {string} [hint]
 *
 * @typedef {object} Named
 * @property {string[]} names folded, the first one is the shortest way to write it
 * @property {number} [lately] when they spoke last, or were visited; the later the greater
 * @property {boolean} [outside] a person who is not in the room, a room that was not joined
 */

export const [EXACT, BEGINS, WORD, ANYWHERE, NONE] = [0, 1, 2, 3, 4];

/**
 * The best of them, for a word that is half written: whose name it is, then those who are here, of
 * these who spoke lately, and then whose name begins so.
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

// Not by localeCompare, which would take longer than all the rest: the names are folded.
/** @param {Named} a @param {Named} b */
const byName = (a, b) => (a.names[0] < b.names[0] ? -1 : Number(a.names[0] > b.names[0]));

/**
 * How well somebody who writes `wanted` can mean one of these names.
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

/** @param {string} name @param {string} wanted @param {number} at where it stands first */
function beginsWord(name, wanted, at) {
  for (let n = at; n > 0; n = name.indexOf(wanted, n + 1)) if (PART.test(name[n - 1])) return true;
  return false;
}
