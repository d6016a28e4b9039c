import { emojiOf } from "../emoji.js";
import { cloneTemplate, drawAvatar, setText } from "../lib/dom.js";
import { keepFocus } from "../lib/focus.js";
import { formatNumber, gettext } from "../lib/gettext.js";
import { formatFull, formatShort, formatTime } from "../lib/time.js";
import { called, listOf } from "../lib/words.js";
import { isMessage } from "../rows.js";
import { spelledOut } from "../shortcodes.js";

/** @typedef {import('../rows.js').MessageRow} MessageRow */
/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('../lib/types.js').Post} Post */

/** @type {[string, (iso: string) => string][]} */
const TIMES = [
  ["time", formatTime],
  ["gutter-time", formatShort],
];

const EMOJI_ONLY =
  /^(?:\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\ufe0f|\u200d\p{Extended_Pictographic})*\s*){1,6}$/u;

/** @type {WeakMap<HTMLElement, Map<string, HTMLElement>>} */
const partsOf = new WeakMap();

/**
 * The part of a message, looked up once: a page of history asks for a thousand of them.
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
 * Draws a row into its node. The same node serves the post that I have just typed and the message
 * that it becomes, so confirming it changes a few attributes and moves nothing.
 *
 * @param {HTMLElement} node a copy of _message.html
 * @param {MessageRow} row
 * @param {{templates: ParentNode, session: {me: {id: number}, ignored?: {has: (id: number) => boolean}}, roomUrl: string, unknown?: string}} page unknown: what stands for a quoted message that isn't known
 */
export function drawMessage(node, row, page) {
  keepFocus(node, () => draw(node, row, page), node);
}

/** @type {typeof drawMessage} */
function draw(node, row, { templates, session, roomUrl, unknown }) {
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
  const speaksToMe = mentions(message, me) && !session.ignored?.has(author.id);
  node.classList.toggle("message--mention", speaksToMe);

  drawAvatar(part(node, "avatar"), author);
  setText(part(node, "author"), called(author.name));
  drawTimes(node, item, message ? `${roomUrl}${message.number}/` : null);
  drawBody(part(node, "body"), item);
  drawQuote(node, row, unknown);
  drawStatus(node, row);
  drawReactions(part(node, "reactions"), message, templates, me);
  node.setAttribute("aria-label", label(row));
}

/** @param {HTMLElement} node @param {Message | Post} item @param {string | null} address */
function drawTimes(node, item, address) {
  const link = /** @type {HTMLAnchorElement} */ (part(node, "link"));
  if (address) link.href = address;
  // The time of a confirmed message is the server's; mine is only the order in which I wrote.
  for (const [name, format] of TIMES) {
    const time = /** @type {HTMLTimeElement} */ (part(node, name));
    time.dateTime = item.created_at;
    time.title = formatFull(item.created_at);
    setText(time, format(item.created_at));
  }
}

/** @param {HTMLElement} body @param {Message | Post} item */
function drawBody(body, item) {
  const text = plainText(item);
  const html = isMessage(item) ? item.html : undefined;
  body.classList.toggle("message__body--emoji", html === undefined && EMOJI_ONLY.test(text));
  if (isMessage(item) && item.deleted) {
    setText(body, gettext("This message was deleted."));
  } else if (html === undefined) {
    body.classList.add("message__body--plain");
    setText(body, text);
  } else {
    body.classList.remove("message__body--plain");
    // The one place where markup comes in from outside: the server has sanitised it, twice.
    body.innerHTML = html;
  }
  drawEdited(body, item);
}

/** @param {HTMLElement} body @param {Message | Post} item */
function drawEdited(body, item) {
  if (!isMessage(item) || !item.edited_at || item.deleted) return;
  const mark = document.createElement("span");
  mark.className = "message__edited";
  mark.title = gettext("Edited %(time)s", { time: formatFull(item.edited_at) });
  mark.textContent = gettext("(edited)");
  const last = body.lastElementChild;
  (last?.tagName === "P" ? last : body).append(" ", mark);
}

/** @param {HTMLElement} node @param {MessageRow} row @param {string} [unknown] */
function drawQuote(node, { item, quote, veiled }, unknown) {
  const element = part(node, "quote");
  element.hidden = !item.reply_to;
  if (!item.reply_to) return;
  element.dataset.origin = String(item.reply_to);
  setText(part(node, "quote-author"), quote && !veiled ? called(quote.author.name) : "");
  const words = veiled ? gettext("a message of a muted person") : excerptOf(quote, unknown);
  setText(part(node, "quote-text"), words);
}

/** @param {Message | null | undefined} quote @param {string} [unknown] by default it is on its way */
function excerptOf(quote, unknown = "…") {
  if (quote === undefined) return unknown;
  if (quote === null) return gettext("a message that is no longer there");
  return quote.deleted ? gettext("a deleted message") : excerpt(quote);
}

/** @type {WeakMap<Message | Post, string>} */
const excerpts = new WeakMap();

/** What it says in one line, without the marks of its Markdown. @param {Message | Post} item */
export function excerpt(item) {
  const known = excerpts.get(item);
  if (known !== undefined) return known;
  const line = wordsOf(item).replace(/\s+/g, " ").trim();
  const short = line.length > 140 ? `${line.slice(0, 139)}…` : line;
  excerpts.set(item, short);
  return short;
}

/** @param {Message | Post} item */
function wordsOf(item) {
  if (!isMessage(item) || !item.html) return plainText(item);
  // A document of its own: nothing in it is shown, loaded or run.
  const { body } = new DOMParser().parseFromString(item.html, "text/html");
  for (const caption of body.querySelectorAll(".code-language")) caption.remove();
  return body.textContent ?? "";
}

/** What was typed, as it is shown until the server has formatted it. @param {Message | Post} item */
const plainText = ({ body = "" }) => spelledOut(body, emojiOf);

const HELD = gettext("Waits for a moderator, who reads it first.");

/** @param {HTMLElement} node @param {MessageRow} row */
function drawStatus(node, { item, unsaved = false }) {
  const post = isMessage(item) ? null : item;
  const failed = post?.state === "failed";
  const held = post?.state === "held";
  part(node, "status").hidden = !post?.note && !failed && !held && !unsaved;
  // What waits for the server has no end that anybody knows: it can be copied, or given up.
  part(node, "status-actions").hidden = !failed && !held && !post?.waits;
  part(node, "retry").hidden = !failed || post.refused === true;
  part(node, "rewrite").hidden = !failed;
  part(node, "discard").hidden = held;
  part(node, "unsaved-actions").hidden = !unsaved;
  part(node, "continue").hidden = isMessage(item) && item.deleted;
  setText(part(node, "status-words"), unsaved ? gettext("Unsaved edit") : statusOf(post));
}

/** @param {Post | null} post */
function statusOf(post) {
  const reason = post?.note ?? "";
  if (post?.state === "held") return reason || HELD;
  if (post?.state !== "failed") return reason;
  if (post.refused) return gettext("A moderator doesn't post it. %(reason)s", { reason });
  return gettext("Not sent. %(reason)s", { reason });
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
  // Keyed by emoji: a chip that has the focus keeps it when somebody else joins in.
  const chips = new Map(
    [...element.children].map((chip) => [/** @type {HTMLElement} */ (chip).dataset.emoji, chip]),
  );
  for (const { emoji, count, users } of reactions) {
    const known = /** @type {HTMLElement | undefined} */ (chips.get(emoji));
    const chip = known ?? cloneTemplate(templates, "reaction");
    chips.delete(emoji);
    chip.dataset.emoji = emoji;
    chip.dataset.action = "react";
    const named = users.map((user) => (user.id === me ? gettext("you") : called(user.name)));
    const names = listOf(named, undefined, count);
    chip.title = names;
    chip.setAttribute("aria-label", `${emoji} ${count}: ${names}`);
    chip.setAttribute("aria-pressed", String(users.some((user) => user.id === me)));
    setText(/** @type {Element} */ (chip.querySelector(".reaction__emoji")), emoji);
    setText(/** @type {Element} */ (chip.querySelector(".reaction__count")), formatNumber(count));
    if (!known) element.append(chip);
  }
  for (const gone of chips.values()) gone.remove();
}

/** @param {Message | null} message @param {number} me */
function mentions(message, me) {
  return message?.mentions.includes(me) ?? false;
}

/** Who and what first, when last: what a screen reader says is mostly cut short. @param {MessageRow} row */
function label({ item, author }) {
  const text = isMessage(item) && item.deleted ? gettext("deleted message") : excerpt(item);
  const named = { author: called(author.name), text, time: formatTime(item.created_at) };
  if (isMessage(item)) return gettext("%(author)s: %(text)s, %(time)s", named);
  if (item.state === "failed") return gettext("%(author)s: %(text)s, %(time)s, not sent", named);
  if (item.state === "held")
    return gettext("%(author)s: %(text)s, %(time)s, waits for a moderator", named);
  return gettext("%(author)s: %(text)s, %(time)s, sending", named);
}
