import { cloneTemplate, part, setText } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { displayName } from "../lib/labels.js";
import { formatBrief, formatFull } from "../lib/time.js";
import { excerpt } from "../reading/excerpt.js";
import { drawMessage } from "../timeline/message-view.js";
import { mark } from "./marks.js";

/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('./results.js').Hit} Hit */
/** @typedef {{before: Message[], after: Message[]}} Context */
/** @typedef {Hit & {context: Context | null, isOpen: boolean, roomName: string}} HitRow */

/**
 * @typedef {object} Page
 * @property {HTMLElement} templates
 * @property {{id: number}} me
 * @property {import('../navigation/destinations.js').Destinations} destinations
 */

/**
 * Draw a hit: a message as its room shows it, with what was found in it marked, and on demand what
 * was said before and after.
 *
 * @param {HTMLElement} node
 * @param {HitRow} row
 * @param {Page} page
 */
export function drawHit(node, { room, message, ranges, context, isOpen, roomName }, page) {
  const article = /** @type {HTMLElement} */ (part(node, "hit-message").firstElementChild);
  drawOne(article, message, room, page);
  mark(part(article, "body"), message.body ?? "", ranges);
  setText(part(node, "hit-room"), roomName);
  const link = /** @type {HTMLAnchorElement} */ (part(node, "hit-link"));
  link.href = `${page.destinations.addressOf(room)}${message.number}/`;
  const words = gettext("%(author)s in %(room)s: %(text)s, %(time)s", {
    author: displayName(message.author.name),
    room: roomName,
    text: excerpt(message),
    time: formatBrief(message.created_at),
  });
  link.setAttribute("aria-label", words);
  const button = part(node, "hit-context");
  button.setAttribute("aria-expanded", String(isOpen));
  node.toggleAttribute("data-open", isOpen && context !== null);
  for (const side of /** @type {const} */ (["before", "after"]))
    drawAround(part(node, side), isOpen ? (context?.[side] ?? []) : [], room, page);
}

/** @param {HTMLElement} list @param {Message[]} messages @param {string} room @param {Page} page */
function drawAround(list, messages, room, page) {
  list.hidden = messages.length === 0;
  list.replaceChildren(
    ...messages.map((message) => {
      const article = cloneTemplate(page.templates, "message");
      drawOne(article, message, room, page);
      return article;
    }),
  );
}

/**
 * With its day: the hits around it may be of other years.
 *
 * @param {HTMLElement} article
 * @param {Message} message
 * @param {string} room
 * @param {Page} page
 */
function drawOne(article, message, room, { templates, me, destinations }) {
  const roomUrl = destinations.addressOf(room);
  drawMessage(
    article,
    { kind: "message", key: "", item: message, author: message.author, grouped: false },
    { templates, session: { me }, roomUrl, unknown: gettext("an earlier message"), destinations },
  );
  const time = /** @type {HTMLTimeElement} */ (part(article, "time"));
  setText(time, formatBrief(message.created_at));
  time.title = formatFull(message.created_at);
}
