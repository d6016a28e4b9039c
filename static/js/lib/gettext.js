/**
 * @typedef {Record<string, string>} Forms by the categories of Intl.PluralRules
 * @typedef {Record<string, string | Forms>} Catalogue
 */

const { documentElement: root } = globalThis.document ?? {};

/** The language of the page. */
export const language = root?.lang || "en";

export const isRightToLeft = root?.dir === "rtl";

/** The locale for dates and numbers: the reader's own, if it is in the page's language. */
export const locale =
  globalThis.navigator?.languages?.find(
    (one) => one === language || one.startsWith(`${language}-`),
  ) ?? (language === "en" ? "en-GB" : language);

// Set by a script before the modules, in every language but English.
const catalogue = /** @type {Catalogue} */ (/** @type {any} */ (globalThis).catalogue ?? {});
const rules = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(locale);
const percents = new Intl.NumberFormat(locale, { style: "percent" });

/**
 * Translate a text. `make messages` finds it by this call, so it must be a literal.
 *
 * @param {string} text
 * @param {Record<string, string | number>} [names] values for its placeholders: %(name)s
 */
export function gettext(text, names) {
  const found = catalogue[text];
  return interpolate(typeof found === "string" && found ? found : text, names);
}

/**
 * The same for a count, which fills in %(count)s.
 *
 * @param {string} one
 * @param {string} many
 * @param {number} count
 * @param {Record<string, string | number>} [names]
 */
export function ngettext(one, many, count, names) {
  const forms = catalogue[one];
  const category = rules.select(count);
  const found = typeof forms === "object" ? forms[category] || forms.other : "";
  const text = found || (count === 1 ? one : many);
  return interpolate(text, { count: formatNumber(count), ...names });
}

/** @param {number} number */
export const formatNumber = (number) => numbers.format(number);

/** '43%'. @param {number} part up to 1 */
export const formatPercent = (part) => percents.format(part);

/** A count for a badge, which has room for two digits. @param {number} count */
export const formatCount = (count) => (count > 99 ? "99+" : formatNumber(count));

/** @param {string} text @param {Record<string, string | number>} [names] */
function interpolate(text, names) {
  if (!names) return text;
  return text.replace(/%\((\w+)\)s/g, (all, name) => (name in names ? isolated(names[name]) : all));
}

/**
 * In right-to-left text, a name in another script would otherwise reorder what is next to it.
 *
 * @param {string | number} value
 */
const isolated = (value) => (isRightToLeft ? `\u2068${value}\u2069` : String(value));
