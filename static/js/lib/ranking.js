import { fold } from "./fold.js";

/**
 * A place to go to, or something to do.
 *
 * @typedef {object} Destination
 * @property {string} key
 * @property {'mine' | 'person' | 'public' | 'action'} kind
 * @property {string} name
 * @property {string} mark sign before the name
 * @property {string} [address] of a room or page
 * @property {string} [username] of a person, who can also be found by it
 * @property {string} [also] other words by which an action is found
 * @property {() => void} [run] does it
 * @property {number} [unread]
 * @property {number} [mentions]
 * @property {boolean} [archived]
 * @property {number} [visited] how many rooms were visited since; none: not recently
 */

const KINDS = ["mine", "public", "person", "action"];

/**
 * Matches, best first: see `EXACT` and so on. Among equals, rooms come before people and people
 * before actions, unread rooms before those visited recently. Without a query: no actions.
 *
 * @template {Destination} Item
 * @param {Item[]} destinations
 * @param {string} query
 * @returns {Item[]}
 */
export function ranked(destinations, query) {
  const wanted = wantedOf(query);
  const words = wanted.split(" ").filter(Boolean);
  const fitting = [];
  for (const destination of destinations) {
    const { name, username, also, kind, archived } = destination;
    if (!wanted && (archived || kind === "action")) continue;
    let fit = fitOf(nameOf(name), wanted, words);
    if (username) fit = Math.min(fit, fitOf(nameOf(username), wanted, words));
    if (also && fit === NONE && fitOf(nameOf(`${name} ${also}`), wanted, words) < ANYWHERE)
      fit = ALSO;
    if (fit < NONE) fitting.push({ destination, fit });
  }
  return fitting
    .sort((a, b) => a.fit - b.fit || compare(a.destination, b.destination))
    .map(({ destination }) => destination);
}

/**
 * How a name fits: it is the query; it begins with it; a word in it does; each word of the query
 * begins a word of it ('proj 17'); its words have these initials ('gd'); another word for the same;
 * the query is somewhere in it; each word of the query is one edit away from the beginning of a
 * word.
 */
const [EXACT, BEGINS, WORD, WORDS, INITIALS, ALSO, ANYWHERE, NEARLY, NONE] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8,
];

/**
 * People whose names fit a query, best first, though not if it is only inside a word; those that
 * nearly fit only if no other does. All of them without one.
 *
 * @template {{name: string, username: string}} Person
 * @param {Person[]} people
 * @param {string} query
 * @returns {Person[]}
 */
export function rankedPeople(people, query) {
  const wanted = wantedOf(query);
  const words = wanted.split(" ").filter(Boolean);
  const compared = people.map((person) => {
    const names = [nameOf(person.name), nameOf(person.username)];
    return { person, names, fit: Math.min(...names.map((name) => fitOf(name, wanted, words))) };
  });
  const close = compared.filter(({ fit }) => fit < ANYWHERE);
  const found = close.length > 0 ? close : compared.filter(({ fit }) => fit === NEARLY);
  return found
    .sort((a, b) => a.fit - b.fit || byName(a.names[0].folded, b.names[0].folded))
    .map(({ person }) => person);
}

/**
 * Whether each word of a query begins a word of a name, but for a typing error.
 *
 * @param {string} name
 * @param {string[]} asked folded
 */
export function isNear(name, asked) {
  const { words } = nameOf(name);
  return asked.every((one) => words.some((word) => word.startsWith(one) || isNearly(word, one)));
}

/** @typedef {{folded: string, words: string[], initials: string}} Name */

/** @type {Map<string, Name>} folding takes longer than all the rest */
const known = new Map();
const MOST_KNOWN = 5000;

/** @param {string} name @returns {Name} */
function nameOf(name) {
  const found = known.get(name);
  if (found) return found;
  if (known.size >= MOST_KNOWN) known.clear();
  const folded = fold(name);
  const words = folded.split(/[^\p{L}\p{N}\p{M}]+/u).filter(Boolean);
  const one = { folded, words, initials: words.map((word) => [...word][0]).join("") };
  known.set(name, one);
  return one;
}

/** @param {Name} name @param {string} wanted folded @param {string[]} asked its words */
function fitOf({ folded, words, initials }, wanted, asked) {
  if (folded.startsWith(wanted)) return folded.length === wanted.length ? EXACT : BEGINS;
  const at = folded.indexOf(wanted);
  if (at > 0 && words.some((word) => word.startsWith(asked[0])) && beginsWord(folded, wanted, at))
    return WORD;
  const begins = (/** @type {string} */ one) => words.some((word) => word.startsWith(one));
  if (asked.every(begins)) return WORDS;
  if (asked.length === 1 && wanted.length > 1 && initials.startsWith(wanted)) return INITIALS;
  if (at > 0) return ANYWHERE;
  const isNear = (/** @type {string} */ one) => words.some((word) => isNearly(word, one));
  return asked.every((one) => begins(one) || isNear(one)) ? NEARLY : NONE;
}

const PARTS = /[^\p{L}\p{N}\p{M}]/u;

/** @param {string} name @param {string} wanted @param {number} at of the first occurrence */
function beginsWord(name, wanted, at) {
  for (let n = at; n > 0; n = name.indexOf(wanted, n + 1)) if (PARTS.test(name[n - 1])) return true;
  return false;
}

const TYPED = /^\p{L}{4,}$/u; // shorter words, and numbers, are too much like one another

/**
 * Whether a word begins with another but for one letter that is wrong, missing or too many, or two
 * that are swapped.
 *
 * @param {string} word
 * @param {string} wanted
 */
export function isNearly(word, wanted) {
  if (word.length < wanted.length - 1 || !TYPED.test(wanted)) return false;
  let at = 0;
  while (at < wanted.length && word[at] === wanted[at]) at += 1;
  const goesOn = (/** @type {number} */ typed, /** @type {number} */ meant) =>
    word.startsWith(wanted.slice(typed), meant);
  const isSwapped = word[at] === wanted[at + 1] && word[at + 1] === wanted[at];
  return (
    goesOn(at + 1, at + 1) ||
    goesOn(at + 1, at) ||
    goesOn(at, at + 1) ||
    (isSwapped && goesOn(at + 2, at + 2))
  );
}

/** @param {Destination} a @param {Destination} b */
function compare(a, b) {
  return (
    Number(a.archived ?? false) - Number(b.archived ?? false) ||
    KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
    Number((b.mentions ?? 0) > 0) - Number((a.mentions ?? 0) > 0) ||
    Number((b.unread ?? 0) > 0) - Number((a.unread ?? 0) > 0) ||
    (a.visited ?? Number.MAX_VALUE) - (b.visited ?? Number.MAX_VALUE) ||
    byName(nameOf(a.name).folded, nameOf(b.name).folded)
  );
}

// Not localeCompare, which would take longer than all the rest: the names are folded. Numbers count.
/** @param {string} a @param {string} b */
function byName(a, b) {
  if (a === b) return 0;
  const digits = /^(\D*)(\d{1,15})/;
  const [, head = "", one] = digits.exec(a) ?? [];
  const [, other, two] = digits.exec(b) ?? [];
  const apart = one !== undefined && head === other ? Number(one) - Number(two) : 0;
  return apart || (a < b ? -1 : 1);
}

/** The search text, folded, without a sign in front. @param {string} query */
export const wantedOf = (query) => fold(query).trim().replace(/\s+/g, " ").replace(/^[@#]/, "");
