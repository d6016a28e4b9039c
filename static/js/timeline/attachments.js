import { cloneTemplate, setText } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { formatSize } from "../lib/size.js";
import { formatClock } from "../lib/time.js";
import { altOf, iconOf, typeName, wordsOf } from "../media/kinds.js";
import { VoicePlayer } from "../media/voice-player.js";
import { boxOf } from "./picture-box.js";
import { describePicture, drawPicture, keepsPicture } from "./picture-tile.js";

/**
 * An attachment of a message, or of a post of mine, which is in this page until the server has it.
 *
 * @typedef {Omit<import('../protocol.js').Attachment, 'ready'> & {ready?: boolean, animated?: boolean, refused?: boolean, progress?: number}} Attachment
 * @typedef {{node: HTMLElement, attachment: Attachment}} Drawn
 */

const REFUSED = gettext("Removed because it’s damaged or unsafe.");
const CONTROLS = "a, button, input, video, audio, summary";

/** @type {WeakMap<HTMLElement, Drawn[]>} in order */
const shown = new WeakMap();

/**
 * Draw what a message shows besides its text. What plays goes on playing: an attachment keeps its
 * node for as long as it looks the same.
 *
 * @param {HTMLElement} element
 * @param {Attachment[]} attachments
 * @param {object} page
 * @param {ParentNode} page.templates
 * @param {boolean} page.isMine
 * @param {boolean} [page.plain] in words: nothing can be loaded
 * @param {number} [page.tabIndex] of the controls
 */
export function drawAttachments(
  element,
  attachments,
  { templates, isMine, plain = false, tabIndex = -1 },
) {
  element.hidden = attachments.length === 0;
  if (attachments.length === 0 && !shown.has(element)) return; // most messages
  if (plain) return setText(element, wordsOf(attachments));
  const before = shown.get(element) ?? [];
  let isInOrder = before.length === attachments.length;
  const parts = attachments.map((attachment, at) => {
    const known = before.find((one) => one.attachment.id === attachment.id) ?? posted(before[at]);
    isInOrder &&=
      known === before[at] && known && drawnAs(known.attachment) === drawnAs(attachment);
    const isSame = known !== undefined && looksSame(known, attachment);
    const node = isSame ? known.node : create(attachment, templates, tabIndex);
    if (!isSame) known?.node.replaceWith(node);
    node.dataset.attachment = attachment.id;
    describe(node, attachment, isMine);
    return { node, attachment };
  });
  if (!isInOrder) arrange(element, parts);
  shown.set(element, parts);
}

/** @param {string} address */
const isLocal = (address) => address.startsWith("blob:");

/** What was drawn for a post, whose files have no ids yet. @param {Drawn | undefined} known */
const posted = (known) => (known && isLocal(known.attachment.url) ? known : undefined);

/** @param {Drawn} known @param {Attachment} attachment */
function looksSame({ node, attachment: before }, attachment) {
  if (keepsPicture(node, attachment)) return true;
  return looksOf(before) === looksOf(attachment);
}

const SOUNDS = new Set(["voice", "audio"]);

/** Sound that isn't ready plays as soon as it is. @param {Attachment} attachment */
const looksOf = ({ kind, url, thumbnail, poster, ready, width, height, animated, refused }) =>
  [
    kind,
    url,
    thumbnail,
    poster,
    SOUNDS.has(kind) || ready,
    width,
    height,
    animated,
    refused,
  ].join();

/** What is left of a refused one is its name. @param {Attachment} attachment */
const drawnAs = ({ kind, refused = false }) => (refused ? "file" : kind);

/**
 * Pictures that follow each other are a gallery.
 *
 * @param {HTMLElement} element
 * @param {Drawn[]} parts
 */
function arrange(element, parts) {
  /** @type {HTMLElement[]} */ const blocks = [];
  for (const { node, attachment } of parts) {
    const last = blocks.at(-1);
    if (drawnAs(attachment) !== "image") blocks.push(node);
    else if (last?.matches(".gallery")) last.append(node);
    else {
      const gallery = document.createElement("div");
      gallery.className = "gallery";
      gallery.append(node);
      blocks.push(gallery);
    }
  }
  for (const block of blocks)
    if (block.matches(".gallery")) block.dataset.count = String(block.childElementCount);
  element.replaceChildren(...blocks);
}

/** @type {Record<Attachment["kind"], (attachment: Attachment, templates: ParentNode) => HTMLElement>} */
const MAKERS = {
  image: (attachment, templates) => drawPicture(cloneTemplate(templates, "picture"), attachment),
  video: createVideo,
  audio: createAudio,
  voice: createVoice,
  file: createFile,
};

/** @param {Attachment} attachment @param {ParentNode} templates @param {number} tabIndex */
function create(attachment, templates, tabIndex) {
  const node = (MAKERS[drawnAs(attachment)] ?? createFile)(attachment, templates);
  const controls = /** @type {NodeListOf<HTMLElement>} */ (node.querySelectorAll(CONTROLS));
  for (const control of controls) control.tabIndex = tabIndex;
  return node;
}

/** @param {Attachment} attachment */
const isThere = ({ url, ready = true }) => isLocal(url) || (ready && url !== "");

/** @param {Attachment} attachment @param {ParentNode} templates */
function createVideo(attachment, templates) {
  const node = cloneTemplate(templates, "video");
  const frame = /** @type {HTMLElement} */ (node.querySelector(".film__frame"));
  const { width, ratio } = boxOf(attachment.width ?? 16, attachment.height ?? 9);
  node.style.setProperty("--width", `${width}rem`);
  frame.style.setProperty("--ratio", String(ratio));
  const player = /** @type {HTMLVideoElement} */ (node.querySelector("video"));
  if (attachment.poster) player.poster = attachment.poster;
  if (isThere(attachment)) player.src = attachment.url;
  else player.remove();
  drawLine(node, attachment, attachment.duration);
  tellTrouble(player, node);
  return node;
}

/** @param {Attachment} attachment @param {ParentNode} templates */
function createAudio(attachment, templates) {
  const node = cloneTemplate(templates, "audio");
  const player = /** @type {HTMLElement} */ (node.querySelector(".voice"));
  new VoicePlayer(player, attachment, gettext("Play"));
  return node;
}

/** @param {HTMLMediaElement} player @param {HTMLElement} node */
function tellTrouble(player, node) {
  player.addEventListener("error", () => {
    const words = navigator.onLine
      ? gettext("This can't be played in this browser. You can download it.")
      : gettext("You're offline. Play it when you're back online.");
    setText(/** @type {Element} */ (node.querySelector(".attachment-line__facts")), words);
  });
}

/** @param {Attachment} attachment @param {ParentNode} templates */
function createVoice(attachment, templates) {
  const node = cloneTemplate(templates, "voice");
  const player = /** @type {HTMLElement} */ (node.querySelector(".voice"));
  new VoicePlayer(player, attachment);
  return node;
}

/** @param {Attachment} attachment @param {ParentNode} templates */
function createFile(attachment, templates) {
  const node = cloneTemplate(templates, "file");
  const icon = iconOf(attachment.name);
  for (const one of node.querySelectorAll("[data-icon]"))
    if (/** @type {HTMLElement} */ (one).dataset.icon !== icon) one.remove();
  drawLine(node, attachment, null);
  return node;
}

/** @param {HTMLElement} node @param {Attachment} attachment @param {number | null} duration */
function drawLine(node, attachment, duration) {
  const { name, size, url, refused = false } = attachment;
  setText(/** @type {Element} */ (node.querySelector(".attachment-line__name")), name);
  const type = duration ? formatClock(duration) : typeName(name);
  const facts = gettext("%(type)s · %(size)s", { type, size: formatSize(size) });
  const waits = refused ? REFUSED : gettext("Being checked…");
  const words = isThere(attachment) ? facts : waits;
  setText(/** @type {Element} */ (node.querySelector(".attachment-line__facts")), words);
  const link = /** @type {HTMLAnchorElement} */ (node.querySelector("a"));
  link.hidden = attachment.ready === false || attachment.progress !== undefined;
  link.href = url;
  link.download = name;
  const label = gettext("Download %(name)s", { name });
  setText(/** @type {Element} */ (link.querySelector("span")), label);
}

/** What can change while it looks the same. @param {HTMLElement} node @param {Attachment} attachment @param {boolean} isMine */
function describe(node, attachment, isMine) {
  const { transcript, progress = 1 } = attachment;
  const kind = drawnAs(attachment);
  node.classList.toggle("attachment--sending", progress < 1);
  node.style.setProperty("--progress", String(progress));
  if (kind === "image") return describePicture(node, attachment);
  if (kind === "audio") drawLine(node, attachment, null);
  node.querySelector(".film__player, .voice")?.setAttribute("aria-label", altOf(attachment));
  if (kind !== "voice") return;
  const details = /** @type {HTMLElement} */ (node.querySelector("details"));
  details.hidden = !transcript;
  setText(/** @type {Element} */ (details.querySelector("p")), transcript);
  const add = /** @type {HTMLElement} */ (node.querySelector(".spoken__add"));
  add.hidden = !isMine || transcript !== "";
}
