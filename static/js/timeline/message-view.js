import { settle, showEmoji } from "../emoji/custom-emoji.js";
import { cloneTemplate, drawAvatar, setText } from "../lib/dom.js";
import { keepFocus } from "../lib/focus.js";
import { formatNumber, gettext } from "../lib/gettext.js";
import { displayName, listOf } from "../lib/labels.js";
import { isMessage } from "../lib/messages.js";
import { addressedHere, nameMentions } from "../lib/named.js";
import { formatFull, formatShort, formatTime } from "../lib/time.js";
import { drawTyped } from "../markup/draw.js";
import { adoptLinks } from "../navigation/own-links.js";
import { excerpt } from "../reading/excerpt.js";
import { drawAttachments } from "./attachments.js";
import { drawPreviews } from "./previews.js";

/** @typedef {import('./rows.js').MessageRow} MessageRow */
/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('../lib/types.js').Post} Post */

/** @type {[string, (iso: string) => string][]} */
const TIMES = [
  ["time", formatTime],
  ["gutter-time", formatShort],
];

/** @type {WeakMap<HTMLElement, string>} the HTML that a body shows */
const shown = new WeakMap();

/** @type {WeakMap<HTMLElement, Map<string, HTMLElement>>} */
const partsOf = new WeakMap();

/**
 * A part of a message, looked up once: a page of history needs a thousand of them.
 *
 * @param {HTMLElement} node
 * @param {string} name
 */
function part(node, name) {
  let parts = partsOf.get(node);
  if (!parts) {
    const found = /** @type {NodeListOf<HTMLElement>} */ (node.querySelectorAll("[data-part]"));
    parts = new Map([...found].map((element) => [element.dataset.part ?? "", element]));
    partsOf.set(node, parts);
  }
  return /** @type {HTMLElement} */ (parts.get(name));
}

/**
 * Draw a row into its node. The same node serves a post I just typed and the message it becomes, so
 * confirming it changes a few attributes and moves nothing.
 *
 * @param {HTMLElement} node a copy of _message.html
 * @param {MessageRow} row
 * @param {{templates: ParentNode, session: {me: {id: number}, ignored?: {has: (id: number) => boolean}, standing?: {mayDelete: (message: Message) => boolean}, mentions?: {of: import('../markup/mentions.js').MentionOf}}, roomUrl: string, unknown?: string, plain?: boolean, destinations?: import('../navigation/destinations.js').Destinations}} page unknown: stands in for a quoted message that isn't known; plain: files are only named
 */
export function drawMessage(node, row, page) {
  keepFocus(node, () => draw(node, row, page), node);
}

/** @type {typeof drawMessage} */
function draw(node, row, { templates, session, roomUrl, unknown, plain, destinations }) {
  const { item, author, grouped } = row;
  const message = isMessage(item) ? item : null;
  const me = session.me.id;
  node.dataset.nonce = item.nonce;
  node.dataset.state = message ? "sent" : /** @type {Post} */ (item).state;
  node.dataset.author = author.username;
  if (message) node.dataset.number = String(message.number);
  node.classList.toggle("message--grouped", grouped);
  node.classList.toggle("message--mine", author.id === me);
  node.classList.toggle("message--deleted", message?.deleted ?? false);
  const speaksToMe = concerns(message, me) && !session.ignored?.has(author.id);
  node.classList.toggle("message--mention", speaksToMe);

  drawAvatar(part(node, "avatar"), author);
  setText(part(node, "author"), displayName(author.name));
  drawTimes(node, item, message ? `${roomUrl}${message.number}/` : null);
  drawBody(part(node, "body"), item, { destinations, session });
  if (!message || message.mentions.length > 0) nameMentions(part(node, "body"), node.tabIndex);
  drawAttachments(part(node, "attachments"), message?.deleted ? [] : (item.attachments ?? []), {
    templates,
    isMine: author.id === me,
    plain,
    tabIndex: node.tabIndex,
  });
  drawLinks(node, row, { templates, session, destinations });
  drawQuote(node, row, unknown);
  drawStatus(node, row);
  drawReactions(part(node, "reactions"), message, templates, me);
  const words = label(row);
  const marked = gettext("%(words)s, mentions you", { words });
  node.setAttribute("aria-label", speaksToMe ? marked : words);
}

/** @param {HTMLElement} node @param {Message | Post} item @param {string | null} address */
function drawTimes(node, item, address) {
  const link = /** @type {HTMLAnchorElement} */ (part(node, "link"));
  if (address) link.href = address;
  // A confirmed message has the server's time; mine only gives the order in which I wrote.
  for (const [name, format] of TIMES) {
    const time = /** @type {HTMLTimeElement} */ (part(node, name));
    time.dateTime = item.created_at;
    time.title = formatFull(item.created_at);
    setText(time, format(item.created_at));
  }
}

/**
 * @param {HTMLElement} body
 * @param {Message | Post} item
 * @param {Pick<Parameters<typeof drawMessage>[2], 'destinations' | 'session'>} page
 */
function drawBody(body, item, { destinations, session }) {
  const message = isMessage(item) ? item : null;
  if (message?.deleted) {
    shown.delete(body);
    setText(body, gettext("This message was deleted."));
    return;
  }
  const html = message?.html;
  // My post is drawn as the server renders it: confirming it moves nothing, and keeps a selection.
  if (html === undefined || shown.get(body) !== html) {
    if (html === undefined) {
      shown.set(body, drawTyped(body, item.body ?? "", session.mentions?.of) ?? "");
      settle(body);
    } else drawRendered(body, html);
    if (destinations) adoptLinks(body, destinations);
  }
  drawEdited(body, item);
}

/** @param {HTMLElement} body @param {string} html */
function drawRendered(body, html) {
  body.classList.remove("message__body--plain");
  // The only place where outside markup comes in: the server has sanitised it, twice.
  body.innerHTML = html;
  settle(body);
  shown.set(body, html);
}

/** @param {HTMLElement} body @param {Message | Post} item */
function drawEdited(body, item) {
  if (!isMessage(item) || !item.edited_at) return;
  shown.delete(body); // with the mark, it shows more
  const mark = document.createElement("span");
  mark.className = "message__edited";
  mark.title = gettext("Edited %(time)s", { time: formatFull(item.edited_at) });
  mark.textContent = gettext("(edited)");
  const last = body.lastElementChild;
  (last?.tagName === "P" ? last : body).append(" ", mark);
}

/**
 * Without destinations the page shows messages that it has kept, without what they link to.
 *
 * @param {HTMLElement} node
 * @param {MessageRow} row
 * @param {Pick<Parameters<typeof drawMessage>[2], 'templates' | 'session' | 'destinations'>} page
 */
function drawLinks(node, { item, linked = [] }, { templates, session, destinations }) {
  const message = isMessage(item) && !item.deleted && destinations ? item : null;
  const { ignored } = session;
  drawPreviews(part(node, "previews"), {
    previews: message?.previews ?? [],
    linked: message ? linked.filter((one) => !ignored?.has(one.message.author.id)) : [],
    isRemovable: message !== null && (session.standing?.mayDelete(message) ?? false),
    templates,
    tabIndex: node.tabIndex,
  });
}

/** @param {HTMLElement} node @param {MessageRow} row @param {string} [unknown] */
function drawQuote(node, { item, quote, veiled }, unknown) {
  const element = part(node, "quote");
  element.hidden = !item.reply_to;
  if (!item.reply_to) return;
  element.dataset.origin = String(item.reply_to);
  setText(part(node, "quote-author"), quote && !veiled ? displayName(quote.author.name) : "");
  const words = veiled ? gettext("a message from a muted person") : excerptOf(quote, unknown);
  setText(part(node, "quote-text"), words);
}

/**
 * @param {Message | null | undefined} quote
 * @param {string} [unknown] by default, that it is loading
 */
function excerptOf(quote, unknown = "…") {
  if (quote === undefined) return unknown;
  if (quote === null) return gettext("a message that no longer exists");
  return quote.deleted ? gettext("a deleted message") : excerpt(quote);
}

const HELD = gettext("Waiting for a moderator to approve it.");

/** @param {HTMLElement} node @param {MessageRow} row */
function drawStatus(node, { item, unsaved = false }) {
  const post = isMessage(item) ? null : item;
  const held = post?.state === "held";
  part(node, "status").hidden = !post?.note && !held && !unsaved;
  // Waiting for the server has no foreseeable end, so the text can be copied or discarded.
  part(node, "status-actions").hidden = !held && !post?.waits;
  part(node, "discard").hidden = held;
  part(node, "status").classList.toggle("message__status--over", post?.uploading === true);
  part(node, "files-actions").hidden = !post?.uploading; // its text and files go back to the field
  part(node, "unsaved-actions").hidden = !unsaved;
  part(node, "continue").hidden = isMessage(item) && item.deleted;
  const words = post?.note ?? "";
  const status = held ? words || HELD : words;
  setText(part(node, "status-words"), unsaved ? gettext("Unsaved edit") : status);
}

/**
 * @param {HTMLElement} element
 * @param {Message | null} message
 * @param {ParentNode} templates
 * @param {number} me
 */
function drawReactions(element, message, templates, me) {
  const reactions = message?.deleted ? [] : (message?.reactions ?? []);
  element.hidden = reactions.length === 0;
  // Keyed by emoji: a focused chip keeps the focus when someone else joins in.
  const chips = new Map(
    [...element.children].map((chip) => [/** @type {HTMLElement} */ (chip).dataset.emoji, chip]),
  );
  for (const { emoji, count, users, picture, still } of reactions) {
    const known = /** @type {HTMLElement | undefined} */ (chips.get(emoji));
    const chip = known ?? cloneTemplate(templates, "reaction");
    chips.delete(emoji);
    chip.dataset.emoji = emoji;
    chip.dataset.action = "react";
    const named = users.map((user) => (user.id === me ? gettext("you") : displayName(user.name)));
    const names = listOf(named, undefined, count);
    chip.title = names;
    chip.setAttribute("aria-label", `${emoji} ${count}: ${names}`);
    chip.setAttribute("aria-pressed", String(users.some((user) => user.id === me)));
    const sign = /** @type {Element} */ (chip.querySelector(".reaction__emoji"));
    showEmoji(sign, emoji, { picture, still });
    setText(/** @type {Element} */ (chip.querySelector(".reaction__count")), formatNumber(count));
    if (!known) element.append(chip);
  }
  for (const gone of chips.values()) gone.remove();
}

/**
 * Whether it mentions me. Of `@here`, only a page that was told at once knows.
 *
 * @param {Message | null} message
 * @param {number} me
 */
function concerns(message, me) {
  if (!message || message.deleted) return false;
  const isToAll = message.mentions_room === "room" || addressedHere(message);
  return message.mentions.includes(me) || (isToAll && message.author.id !== me);
}

/**
 * Author and text first, time last: screen reader output is often cut short.
 *
 * @param {MessageRow} row
 */
function label({ item, author }) {
  const text = isMessage(item) && item.deleted ? gettext("deleted message") : excerpt(item);
  const named = { author: displayName(author.name), text, time: formatTime(item.created_at) };
  if (isMessage(item)) return gettext("%(author)s: %(text)s, %(time)s", named);
  if (item.state === "held")
    return gettext("%(author)s: %(text)s, %(time)s, waiting for a moderator", named);
  return gettext("%(author)s: %(text)s, %(time)s, sending", named);
}
