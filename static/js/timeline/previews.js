import { cloneTemplate, setText } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { displayName } from "../lib/labels.js";
import { ROOM_SIGNS } from "../lib/room-signs.js";
import { formatFull } from "../lib/time.js";
import { excerpt } from "../reading/excerpt.js";

/** @typedef {import('../protocol.js').LinkPreview} LinkPreview */
/** @typedef {import('./linked-messages.js').Linked} Linked */

// Of a picture, in CSS pixels. A smaller one, or one that isn't wide, stands beside the words.
const WIDEST = 400;
const HIGHEST = 260;
const WIDE = 240;

/** What each card shows. @type {WeakMap<Element, LinkPreview | Linked>} */
const shown = new WeakMap();

/**
 * What the links of a message lead to, below it: pages elsewhere, then messages of this site.
 *
 * @param {HTMLElement} element
 * @param {{previews: LinkPreview[], linked: readonly Linked[], isRemovable: boolean, templates: ParentNode, tabIndex: number}} what
 */
export function drawPreviews(element, { previews, linked, isRemovable, templates, tabIndex }) {
  element.hidden = previews.length + linked.length === 0;
  if (element.hidden && !element.firstChild) return;
  /** @type {Map<string | undefined, HTMLElement>} */
  const before = new Map();
  for (const card of /** @type {Iterable<HTMLElement>} */ (element.children))
    before.set(card.dataset.address, card);
  const cards = [
    ...previews.map((one) => {
      const card = cardOf(before, one.url, () => cloneTemplate(templates, "preview"));
      fillPreview(card, one);
      const button = /** @type {HTMLElement} */ (card.querySelector(".preview__remove"));
      button.hidden = !isRemovable;
      return card;
    }),
    ...linked.map((one) => {
      const card = cardOf(before, one.address, () => cloneTemplate(templates, "linked"));
      fillLinked(card, one);
      return card;
    }),
  ];
  for (const control of cards.flatMap((card) => [card, ...card.querySelectorAll("a, button")]))
    if (control.matches("a, button")) /** @type {HTMLElement} */ (control).tabIndex = tabIndex;
  // A card that stays where it is keeps its picture, and the focus.
  for (const [at, card] of cards.entries())
    if (element.children[at] !== card) element.insertBefore(card, element.children[at] ?? null);
  while (element.children.length > cards.length) element.lastElementChild?.remove();
}

/**
 * @param {Map<string | undefined, HTMLElement>} before
 * @param {string} address
 * @param {() => HTMLElement} make
 */
function cardOf(before, address, make) {
  const card = before.get(address) ?? make();
  card.dataset.address = address;
  return card;
}

/** @param {HTMLElement} card @param {LinkPreview} preview */
function fillPreview(card, preview) {
  const last = shown.get(card);
  if (last && JSON.stringify(last) === JSON.stringify(preview)) return;
  shown.set(card, preview);
  const { url, site, title, description } = preview;
  const link = /** @type {HTMLAnchorElement} */ (card.querySelector(".preview__link"));
  link.href = url;
  for (const [name, words] of Object.entries({ site, title, description })) {
    const line = /** @type {HTMLElement} */ (card.querySelector(`.preview__${name}`));
    setText(line, words);
    line.hidden = words === "";
  }
  link.querySelector("img")?.remove();
  const image = pictureOf(preview);
  if (image) link.append(image);
  card.classList.toggle("preview--wide", image !== null && isWide(preview));
  card.classList.toggle("preview--bare", image !== null && title === "");
}

/** @param {LinkPreview} preview */
function isWide({ title, width, height }) {
  return title === "" || ((width ?? 0) >= WIDE && (width ?? 0) >= 1.2 * (height ?? 0));
}

/** Its place has its size before it is loaded. @param {LinkPreview} preview */
function pictureOf(preview) {
  const { picture, width, height, title, site } = preview;
  if (!picture || !width || !height) return null;
  const image = document.createElement("img");
  image.className = "preview__picture";
  const scale = Math.min(1, WIDEST / width, HIGHEST / height);
  image.width = Math.round(width * scale);
  image.height = Math.round(height * scale);
  image.style.aspectRatio = `${width} / ${height}`; // rounded sides would give another
  image.loading = "lazy";
  image.decoding = "async";
  image.alt = title === "" ? gettext("Picture from %(site)s", { site }) : "";
  image.addEventListener("error", () => image.remove(), { once: true });
  image.src = picture;
  return image;
}

/** @param {HTMLElement} card @param {Linked} linked */
function fillLinked(card, linked) {
  if (shown.get(card) === linked) return;
  shown.set(card, linked);
  const { address, room, message } = linked;
  /** @type {HTMLAnchorElement} */ (card).href = address;
  const words = {
    author: displayName(message.author.name),
    room: room ? `${ROOM_SIGNS[room.kind] ?? "#"}${room.name}` : "",
    text: excerpt(message),
  };
  for (const [name, text] of Object.entries(words)) {
    const line = /** @type {HTMLElement} */ (card.querySelector(`.linked__${name}`));
    setText(line, text);
    line.hidden = text === "";
  }
  const time = /** @type {HTMLTimeElement} */ (card.querySelector("time"));
  time.dateTime = message.created_at;
  setText(time, formatFull(message.created_at));
}
