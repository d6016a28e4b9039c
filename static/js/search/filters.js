import { gettext } from "../lib/gettext.js";
import { dayOf, formatDate } from "../lib/time.js";
import { isDay } from "./query.js";

/** @typedef {import('./query.js').Filter} Filter */
/** @typedef {{key: string, value: string, name: string, hint?: string, mark?: string, person?: import('../lib/types.js').User, picksDay?: boolean}} Choice */

const HAS = /** @type {Record<string, string>} */ ({
  link: gettext("Has a link"),
  image: gettext("Has a picture"),
  file: gettext("Has a file"),
  code: gettext("Has code"),
  reaction: gettext("Has reactions"),
  poll: gettext("Has a poll"),
});
const IS = /** @type {Record<string, string>} */ ({
  unread: gettext("Unread"),
  mine: gettext("Written by me"),
  pinned: gettext("Pinned"),
  bookmarked: gettext("Bookmarked"),
  thread: gettext("In a thread"),
});
const COMING = new Set(["poll", "pinned", "bookmarked", "thread"]); // they find nothing yet

/** How a filter reads, by its name. @type {Record<string, (value: string, named: string) => string>} */
const WORDS = {
  from: (_, name) => gettext("From %(name)s", { name }),
  with: (_, name) => gettext("With %(name)s", { name }),
  in: (_, room) => gettext("In %(room)s", { room }),
  before: (day) => gettext("Before %(day)s", { day: formatDate(day) }),
  after: (day) => gettext("After %(day)s", { day: formatDate(day) }),
  on: (day) => gettext("On %(day)s", { day: formatDate(day) }),
  has: (value) => HAS[value.toLowerCase()],
  is: (value) => IS[value.toLowerCase()],
  thread: (number) => gettext("In thread %(number)s", { number }),
};

/**
 * A filter in words.
 *
 * @param {Filter} filter
 * @param {(filter: Filter) => string} nameOf what its person or room is called
 */
export function filterWords(filter, nameOf) {
  const words = WORDS[filter.name](filter.value, nameOf(filter));
  return filter.negated ? gettext("Not: %(words)s", { words }) : words;
}

/** Days to choose from, and any other. @param {string} typed @param {Date} [now] @returns {Choice[]} */
export function dayChoices(typed, now = new Date()) {
  const ago = (/** @type {number} */ days) =>
    dayOf(new Date(now.getFullYear(), now.getMonth(), now.getDate() - days));
  const exact = isDay(typed) ? [[formatDate(typed), typed]] : [];
  const days = [
    ...exact,
    [gettext("Today"), ago(0)],
    [gettext("Yesterday"), ago(1)],
    [gettext("A week ago"), ago(7)],
    [gettext("A month ago"), ago(30)],
    [gettext("Start of the year"), `${now.getFullYear()}-01-01`],
  ];
  const choices = days
    .filter(([, day]) => day.startsWith(typed))
    .map(([name, day]) => ({ key: `${name}/${day}`, value: day, name, hint: formatDate(day) }));
  const other = { key: "other", value: "", name: gettext("Another day…"), picksDay: true };
  return [...choices, other];
}

/** What can be chosen of `has:` or `is:`. @param {string} name @param {string} typed @returns {Choice[]} */
export function fixedChoices(name, typed) {
  const all = Object.entries({ has: HAS, is: IS }[name] ?? {});
  const wanted = typed.toLowerCase();
  return all
    .filter(([value, words]) => !COMING.has(value) && fits(value, words, wanted))
    .map(([value, words]) => ({ key: value, value, name: words, hint: `${name}:${value}` }));
}

/** @param {string} value @param {string} words @param {string} wanted */
const fits = (value, words, wanted) =>
  value.startsWith(wanted) || words.toLowerCase().includes(wanted);
