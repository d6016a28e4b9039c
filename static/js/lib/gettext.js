/**
 * @typedef {Record<string, string>} Forms by the categories of Intl.PluralRules
 * @typedef {Record<string, string | Forms>} Catalogue
 */

const { documentElement: root } = globalThis.document ?? {};

/** What the page is written in. */
export const language = root?.lang || "en";

export const isRightToLeft = root?.dir === "rtl";

/** How dates and numbers are written: as where the reader lives, if that speaks the page's language. */
export const locale =
  globalThis.navigator?.languages?.find(
    (one) => one === language || one.startsWith(`${language}-`),
  ) ?? (language === "en" ? "en-GB" : language);

// A script that stands before the modules, in every language but English.
const catalogue = /** @type {Catalogue} */ (/** @type {any} */ (globalThis).catalogue ?? {});
const rules = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(locale);

/**
 * A text in the page's language. `make messages` finds it by this call, so it has to be a literal.
 *
 * @param {string} text
 * @param {Record<string, string | number>} [names] what stands for its placeholders: %(name)s
 */
export function gettext(text, names) {
  const found = catalogue[text];
  return interpolate(typeof found === "string" && found ? found : text, names);
}

/**
 * The same for a number of things, which stands for %(count)s.
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

/** @param {string} text @param {Record<string, string | number>} [names] */
function interpolate(text, names) {
  if (!names) return text;
  return text.replace(/%\((\w+)\)s/g, (all, name) => (name in names ? isolated(names[name]) : all));
}

/** Where lines run to the left, a name of other letters would take what stands beside it along. @param {string | number} value */
const isolated = (value) => (isRightToLeft ? `\u2068${value}\u2069` : String(value));
