import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// Browser support by feature, from the web platform's own project.
const { features } = createRequire(import.meta.url)("web-features/data.json");

/** The names of `browserslist` in package.json, by those of the data. */
const NAMES = {
  chrome: ["chrome", "chrome_android"],
  edge: ["edge"],
  firefox: ["firefox", "firefox_android"],
  safari: ["safari"],
  ios_saf: ["safari_ios"],
};

/** @typedef {Record<string, string>} Versions of each browser, the first that has it */

/** @type {Map<string, Versions>} by keys such as `api.Element.checkVisibility` */
const support = new Map();
for (const { status } of Object.values(features)) {
  for (const [key, { support: since }] of Object.entries(status?.by_compat_key ?? {}))
    support.set(key, since);
}

/** @param {string[]} list lines such as "safari >= 17.0" @returns {Versions} */
export function versionsOf(list) {
  /** @type {Versions} */
  const versions = {};
  for (const line of list) {
    const [name, version] = line.split(" >= ");
    for (const one of NAMES[name]) versions[one] = version;
  }
  return versions;
}

const { browserslist } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url)));

/** The oldest supported browsers. */
export const BAR = versionsOf(browserslist);

/** Whether a key or one that it is part of is spared. @param {string} key @param {Record<string, string>} spared */
export const isSpared = (key, spared) =>
  Object.keys(spared).some((one) => key === one || key.startsWith(`${one}.`));

/** @param {string} key */
export const isKnown = (key) => support.has(key);

/** Keys by their last part: `checkVisibility` names what only elements have. @type {Map<string, string[]>} */
const byName = new Map();
for (const key of support.keys()) {
  const name = key.slice(key.lastIndexOf(".") + 1).replace(/_(static|event)$/, "");
  byName.set(name, [...(byName.get(name) ?? []), key]);
}

/** @param {string} name @param {RegExp} kind @returns {string[]} */
export const keysNamed = (name, kind) => (byName.get(name) ?? []).filter((key) => kind.test(key));

/**
 * The supported browsers that don't have it, with the version that does.
 *
 * @param {string} key
 * @param {Versions} [bar]
 */
export function lacking(key, bar = BAR) {
  const since = support.get(key) ?? {};
  return Object.entries(bar)
    .filter(([browser, oldest]) => !since[browser] || isNewer(since[browser], oldest))
    .map(([browser]) => `${browser} ${since[browser] ?? "(none yet)"}`);
}

/** @param {string} version @param {string} other */
function isNewer(version, other) {
  const [left, right] = [version, other].map((one) => one.replace("≤", "").split(".").map(Number));
  const at = left.findIndex((part, n) => part !== (right[n] ?? 0));
  return at >= 0 && left[at] > (right[at] ?? 0);
}
