/**
 * A filter of a search, such as `from:bob`. `rooms/text/search/query.py` has the last word on what a
 * query means; here it is taken apart so that each filter can be shown and removed.
 *
 * @typedef {{name: string, value: string, negated: boolean}} Filter
 * @typedef {{text: string, start: number, end: number, isQuoted: boolean}} Token
 */

const QUOTES = '"\u201c\u201d\u201e'; // phones put in curly ones
const TOKEN = new RegExp(`-?[${QUOTES}][^${QUOTES}]*[${QUOTES}]?|\\S+`, "gu");
const IS_QUOTED = new RegExp(`^-?[${QUOTES}]`);
const ANY_QUOTE = new RegExp(`[${QUOTES}]`, "g");
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Whether a filter takes a value, by the filter's name. @type {Record<string, (value: string) => boolean>} */
const TAKES = {
  from: isName,
  with: isName,
  in: isName,
  before: isDay,
  after: isDay,
  on: isDay,
  has: (value) => /^(link|image|file|code|reaction|poll)$/i.test(value),
  is: (value) => /^(unread|mine|pinned|bookmarked|thread)$/i.test(value),
  thread: (value) => /^[1-9]\d{0,17}$/.test(value),
};

const FILTER = /^(-?)([a-z]+):(.*)$/iu;

/** @param {string} value */
function isName(value) {
  return value.replace(/^[@#]/, "") !== "";
}

/** A day of the calendar: not the 31st of February. @param {string} value */
export function isDay(value) {
  const date = new Date(`${value}T00:00Z`);
  return DAY.test(value) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}

/**
 * The words of a query; what is in quotes is one.
 *
 * @param {string} text
 * @returns {Token[]}
 */
export function tokensOf(text) {
  return [...text.matchAll(TOKEN)].map(({ 0: found, index }) => ({
    text: found,
    start: index,
    end: index + found.length,
    isQuoted: IS_QUOTED.test(found),
  }));
}

/** @param {Token} token @returns {Filter | null} null: it is a word */
export function filterOf({ text, isQuoted }) {
  const [, minus, name = "", value = ""] = (!isQuoted && FILTER.exec(text)) || [];
  const takes = TAKES[name.toLowerCase()];
  if (!takes?.(value)) return null;
  const signs = /^(from|with|in)$/i.test(name) ? /^[@#]/ : /^$/;
  return {
    name: name.toLowerCase(),
    value: value.replace(signs, ""),
    negated: minus === "-",
  };
}

/**
 * Take the filters out of a text. The token that ends at the caret may be unfinished: it stays.
 *
 * @param {string} text
 * @param {number} [caret] none: all are finished
 * @returns {{filters: Filter[], text: string, caret: number}}
 */
export function takeFilters(text, caret = -1) {
  /** @type {Filter[]} */ const filters = [];
  let rest = "";
  let from = 0;
  let at = caret;
  for (const token of tokensOf(text)) {
    const filter = token.end === caret ? null : filterOf(token);
    if (!filter) continue;
    filters.push(filter);
    const end = token.end + (/\s/.test(text[token.end] ?? "") ? 1 : 0);
    rest += text.slice(from, token.start);
    if (caret >= end) at -= end - token.start;
    from = end;
  }
  return { filters, text: rest + text.slice(from), caret: Math.max(0, at) };
}

/**
 * The filter that is being typed at the caret: its values can be suggested.
 *
 * @param {string} text
 * @param {number} caret
 * @returns {(Filter & {start: number, end: number}) | null}
 */
export function openFilter(text, caret) {
  const token = tokensOf(text).find(({ end }) => end === caret);
  const [, minus, name = "", value = ""] =
    (!token?.isQuoted && FILTER.exec(token?.text ?? "")) || [];
  if (!token || !Object.hasOwn(TAKES, name.toLowerCase())) return null;
  const { start, end } = token;
  return { name: name.toLowerCase(), value, negated: minus === "-", start, end };
}

/** @param {Filter} filter */
export const written = ({ name, value, negated }) => `${negated ? "-" : ""}${name}:${value}`;

/**
 * The query of filters and words together, without a filter that is still being typed.
 *
 * @param {Filter[]} filters
 * @param {string} text
 * @param {number} [caret]
 */
export function queryOf(filters, text, caret = -1) {
  const open = openFilter(text, caret);
  const words = open ? text.slice(0, open.start) + text.slice(open.end) : text;
  return [...filters.map(written), words.replace(/\s+/g, " ").trim()].filter(Boolean).join(" ");
}

/** The words alone, without exclusions and quotes: what a name may be found by. @param {string} text */
export const wordsOf = (text) =>
  tokensOf(text)
    .filter((token) => !token.text.startsWith("-") && !filterOf(token))
    .map((token) => token.text.replace(ANY_QUOTE, ""))
    .join(" ")
    .trim();
