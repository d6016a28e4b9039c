import { displayName } from "./labels.js";

/** @typedef {import('./types.js').User} User */

/** @type {Map<number, User>} the people whom messages name, as they are called now */
const known = new Map();

/** What a page or an event said of the people whom its messages name. @param {unknown} people */
export function learnNamed(people) {
  if (Array.isArray(people)) for (const person of people) known.set(person.id, person);
}

/** Somebody has a new name or picture. @param {User} person */
export function renameNamed(person) {
  if (known.has(person.id)) known.set(person.id, person);
}

/** @type {Set<string>} rooms' messages that addressed me by `@here` */
const here = new Set();

/**
 * Messages that addressed me by `@here`: those of a page that the server says, or that arrive while I
 * am here.
 *
 * @param {{nonce: string, author: User}[]} messages
 */
export function learnHere(messages) {
  for (const { nonce, author } of messages) here.add(`${author.id}/${nonce}`);
}

/** @param {{nonce: string, author: User}} message */
export const addressedHere = ({ nonce, author }) => here.has(`${author.id}/${nonce}`);

/** @param {string} username in lower case */
export const namedBy = (username) =>
  [...known.values()].find((person) => person.username === username)?.id;

/**
 * The person whom a link mentions; somebody unknown is called what was typed.
 *
 * @param {HTMLElement} link
 * @returns {User}
 */
export function personIn({ dataset }) {
  const id = Number(dataset.person);
  const username = dataset.username ?? "";
  return known.get(id) ?? { id, username: username.toLowerCase(), name: username, avatar: null };
}

/**
 * Show mentions as the people's names, once they are known.
 *
 * @param {ParentNode} element
 * @param {number} [tabIndex] of the mentions, which are buttons then
 */
export function nameMentions(element, tabIndex) {
  for (const one of element.querySelectorAll("a[data-person]")) {
    const link = /** @type {HTMLAnchorElement} */ (one);
    link.dataset.username ??= (link.textContent ?? "").slice(1);
    const person = personIn(link);
    const words = `@${displayName(person.name)}`;
    if (link.textContent !== words) link.textContent = words;
    link.title = `@${person.username}`;
    if (tabIndex === undefined) continue;
    link.setAttribute("role", "button");
    link.tabIndex = tabIndex;
  }
}

/**
 * What is copied has usernames, so that it mentions the same people elsewhere.
 *
 * @param {ClipboardEvent} event
 */
export function copyMentions(event) {
  const selection = getSelection();
  if (!selection?.rangeCount || !event.clipboardData) return;
  const inside = [...document.querySelectorAll("a[data-person]")].filter((link) =>
    selection.containsNode(link),
  );
  if (!inside.length) return;
  const names = inside.map((link) => link.textContent);
  const call = (/** @type {Element} */ link) => {
    link.textContent = `@${/** @type {HTMLElement} */ (link).dataset.username}`;
  };
  for (const link of inside) call(link);
  event.clipboardData.setData("text/plain", selection.toString());
  for (const [at, link] of inside.entries()) link.textContent = names[at];
  event.preventDefault();
}
