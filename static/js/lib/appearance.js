import { keep } from "./storage.js";

/** @typedef {import('../protocol.js').Appearance} Appearance */
/** @typedef {import('./storage.js').KeyValueStore} KeyValueStore */

/** What is chosen until somebody chooses. */
export const USUAL = /** @type {const} */ ({
  scheme: "system",
  density: "comfortable",
  text: "normal",
  hours: "language",
  motion: "system",
  muted: "mentions",
  previews: "shown",
});

/**
 * Show a choice as the server does (templatetags/appearance.py): in attributes of <html>, which the
 * styles and lib/time.js follow, and in the colour around the page.
 *
 * @param {Partial<Appearance>} chosen
 * @param {Document} page
 */
export function applyAppearance(chosen, page = document) {
  const { dataset } = page.documentElement;
  for (const name of /** @type {(keyof typeof USUAL)[]} */ (Object.keys(USUAL))) {
    const value = chosen[name] ?? USUAL[name];
    if (value === USUAL[name]) delete dataset[name];
    else dataset[name] = value;
  }
  for (const meta of page.querySelectorAll("meta[data-for]"))
    meta.setAttribute("media", mediaOf(/** @type {HTMLElement} */ (meta).dataset.for, chosen));
  page.dispatchEvent(new Event("appearance"));
}

/** @param {string | undefined} scheme @param {Partial<Appearance>} chosen */
function mediaOf(scheme, { scheme: now = USUAL.scheme }) {
  if (now === "system") return `(prefers-color-scheme: ${scheme})`;
  return now === scheme ? "all" : "not all";
}

const KEPT = "chatsite:appearance";

/** For pages that no socket tells, and the offline page. @param {KeyValueStore} storage @param {number} user @param {Partial<Appearance>} chosen */
export const keepAppearance = (storage, user, chosen) =>
  keep(storage, KEPT, JSON.stringify({ user, chosen }));

/**
 * @param {KeyValueStore} storage
 * @param {number} reader
 * @returns {Partial<Appearance>}
 */
export function keptAppearance(storage, reader) {
  const { user, chosen } = read(storage.getItem(KEPT));
  return user === reader ? chosen : {};
}

/** Follow what is chosen in another tab of this browser. */
export function followAppearance() {
  addEventListener("storage", ({ key, newValue }) => {
    if (key === KEPT) applyAppearance(read(newValue).chosen);
  });
}

/** @param {string | null} kept @returns {{user?: number, chosen: Partial<Appearance>}} */
function read(kept) {
  try {
    return { chosen: {}, ...JSON.parse(kept ?? "{}") };
  } catch {
    return { chosen: {} }; // edited by hand
  }
}
