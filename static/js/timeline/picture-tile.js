import { setText } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { altOf } from "../media/kinds.js";
import { watchAnimation } from "./animations.js";
import { boxOf } from "./picture-box.js";

/** @typedef {import('./attachments.js').Attachment} Attachment */

const WAITS = gettext("Being prepared…");
const GONE = gettext("This picture couldn't be loaded.");

/**
 * Draw a picture into its tile, which has its size before the picture is there.
 *
 * @param {HTMLElement} tile a copy of the template
 * @param {Attachment} attachment
 */
export function drawPicture(tile, attachment) {
  const { ready = true, animated = false, thumbnail, url } = attachment;
  fit(tile, attachment);
  const isLocal = url.startsWith("blob:");
  const address = ready || isLocal ? (thumbnail ?? url) : "";
  tile.classList.toggle("picture--local", isLocal);
  tile.classList.toggle("picture--waits", !address);
  setText(wordsIn(tile), address ? "" : WAITS);
  if (address) load(tile, address);
  if (ready && animated && thumbnail) watchAnimation(tile, attachment);
  return tile;
}

/** @param {HTMLElement} tile @param {Attachment} attachment */
function fit(tile, { width, height }) {
  const box = boxOf(width ?? 320, height ?? 240);
  tile.style.setProperty("--width", `${box.width}rem`);
  tile.style.setProperty("--ratio", String(box.ratio));
}

/**
 * Whether a tile goes on showing the picture that this page sent: it is here already. Not an
 * animation, which would never stop, nor what the server refused.
 *
 * @param {HTMLElement} tile
 * @param {Attachment} attachment
 */
export function keepsPicture(tile, attachment) {
  const { kind, animated = false, refused = false } = attachment;
  if (kind !== "image" || animated || refused || !tile.matches(".picture--local.picture--loaded"))
    return false;
  fit(tile, attachment);
  return true;
}

/** @param {HTMLElement} tile @param {string} address */
function load(tile, address) {
  const image = document.createElement("img");
  image.className = "picture__image";
  image.loading = "lazy";
  image.decoding = "async";
  image.draggable = false;
  image.addEventListener("load", () => tile.classList.add("picture--loaded"));
  image.addEventListener("error", () => {
    image.remove();
    tile.classList.add("picture--gone");
    // Not every browser shows what it sends, such as an iPhone's pictures.
    setText(wordsIn(tile), address.startsWith("blob:") ? WAITS : GONE);
  });
  image.src = address;
  tile.querySelector(".picture__open")?.prepend(image);
}

/** Try again what couldn't be loaded. @param {HTMLElement} tile @param {Attachment} attachment @returns {boolean} whether there was anything to try */
export function reloadPicture(tile, attachment) {
  if (!tile.classList.contains("picture--gone")) return false;
  tile.classList.remove("picture--gone");
  drawPicture(tile, attachment);
  describePicture(tile, attachment);
  return true;
}

/** @param {HTMLElement} tile @param {Attachment} attachment */
export function describePicture(tile, attachment) {
  const open = /** @type {HTMLElement} */ (tile.querySelector(".picture__open"));
  const words = altOf(attachment);
  const label = gettext("Picture: %(alt)s", { alt: words });
  if (open.ariaLabel !== label) open.ariaLabel = label;
  open.title = attachment.alt;
  const image = tile.querySelector("img");
  if (image && image.alt !== words) image.alt = words;
}

/** @param {HTMLElement} tile */
const wordsIn = (tile) => /** @type {HTMLElement} */ (tile.querySelector(".picture__words"));
