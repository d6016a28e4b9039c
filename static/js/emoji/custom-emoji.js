/** The site's own emoji: which `:name:` is a picture, and how it is drawn. */

import { setText } from "../lib/dom.js";

/** @typedef {{name: string, picture: string, still?: string}} CustomEmoji */

const NO_MOTION = "(prefers-reduced-motion: reduce)";

/** @type {Map<string, CustomEmoji>} */
let byName = new Map();
/** Of the list that `byName` holds, and of the one that the server has; 0: none. */
let learnt = 0;
let latest = 0;
let address = "";
/** @type {Promise<void> | null} */
let loading = null;

let isModerator = false;

/** Whether the user may add some. */
export const mayAddEmoji = () => isModerator;

/** The emoji with this name, without colons and in lower case. @param {string} name */
export const customEmoji = (name) => byName.get(name);

/** All of them, by name. */
export const allCustomEmoji = () => [...byName.values()];

/** @param {{address: string, revision?: number, staff?: boolean}} page */
export function beginCustomEmoji({ address: list, revision = 0, staff = false }) {
  address = list;
  isModerator = staff;
  document.addEventListener("appearance", () => settle(document));
  document.addEventListener("error", ({ target }) => spellOut(target), { capture: true });
  hearOfCustomEmoji(revision);
}

/** The server's list has this revision now. @param {number} revision */
export function hearOfCustomEmoji(revision) {
  latest = revision;
  loadCustomEmoji();
}

/** Load the list unless it is known. Never rejects: they stay `:name:` until it can be loaded. */
export async function loadCustomEmoji() {
  try {
    while (learnt !== latest) {
      loading ??= load(latest).finally(() => {
        loading = null;
      });
      await loading;
    }
  } catch {
    // Offline, perhaps: whoever needs them next tries again.
  }
}

/** @param {number} revision */
async function load(revision) {
  const response = await fetch(`${address}?revision=${revision}`);
  if (!response.ok) throw new Error(String(response.status));
  const list = /** @type {{revision: number, emoji: CustomEmoji[]}} */ (await response.json());
  byName = new Map(list.emoji.map((one) => [one.name, one]));
  learnt = list.revision;
  // There may be a newer one by now, whose event is on its way.
  if (latest === revision) latest = list.revision;
  settle(document);
}

/** When the still picture of an animated emoji is shown: the system says so, or the reader has. */
const stillMedia = () =>
  document.documentElement.dataset.motion === "reduced" ? "all" : NO_MOTION;

/** The element that shows an emoji, as the server's HTML has it. @param {CustomEmoji} emoji */
export function imageOf({ name, picture, still }) {
  const image = document.createElement("img");
  image.className = "emoji";
  image.src = picture;
  image.alt = `:${name}:`;
  image.title = image.alt;
  if (!still) return image;
  const source = document.createElement("source");
  source.media = stillMedia();
  source.srcset = still;
  const choice = document.createElement("picture");
  choice.append(source, image);
  return choice;
}

/**
 * Show any emoji in an element: a custom one is `:name:`, and comes with its picture where the list
 * may not be known.
 *
 * @param {Element} element
 * @param {string} emoji
 * @param {{picture?: string, still?: string}} [told]
 */
export function showEmoji(element, emoji, told = {}) {
  const name = /^:(.+):$/.exec(emoji)?.[1];
  const custom = name === undefined ? undefined : shown(name, told);
  const image = element.querySelector("img");
  if (!custom) return image ? element.replaceChildren(emoji) : setText(element, emoji);
  if (image?.alt === emoji && image.getAttribute("src") === custom.picture) return;
  element.replaceChildren(imageOf(custom));
}

/** @param {string} name @param {{picture?: string, still?: string}} told */
function shown(name, { picture, still }) {
  if (isKnown() || !picture) return byName.get(name);
  return { name, picture, still };
}

const isKnown = () => learnt !== 0 && learnt === latest;

/**
 * Bring pictures in a message that was rendered earlier up to date: one that was removed since is
 * its name again, and nothing moves for readers who don't want it.
 *
 * @param {ParentNode} root
 */
export function settle(root) {
  for (const source of root.querySelectorAll("picture > source"))
    source.setAttribute("media", stillMedia());
  if (!isKnown()) return;
  for (const image of root.querySelectorAll("img.emoji")) {
    const custom = byName.get(/** @type {HTMLImageElement} */ (image).alt.slice(1, -1));
    if (!custom) spellOut(image);
    else if (custom.picture !== image.getAttribute("src"))
      frameOf(image).replaceWith(imageOf(custom));
  }
}

/** Show a picture's name instead, if it is one. @param {EventTarget | null} target */
function spellOut(target) {
  if (target instanceof HTMLImageElement && target.classList.contains("emoji"))
    frameOf(target).replaceWith(target.alt);
}

/** @param {Element} image */
const frameOf = (image) => image.closest("picture") ?? image;
