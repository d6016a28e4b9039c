import { formatFull, formatUntil } from "../lib/time.js";

/** A line of the inbox. @typedef {{key: string, node: HTMLElement}} Row */

/** @param {HTMLElement} list @returns {Row[]} */
export function rowsOf(list) {
  const nodes = /** @type {HTMLElement[]} */ ([...list.children]);
  return nodes.map((node) => ({ key: node.dataset.key ?? "", node }));
}

/** The line's key, or that of the line that an element is in. @param {Element | null} element */
export function keyAt(element) {
  const line = /** @type {HTMLElement | null | undefined} */ (element?.closest("[data-key]"));
  return line?.dataset.key ?? "";
}

/**
 * A line that is on the screen becomes what it is now. A reply that is being written stays.
 *
 * @param {HTMLElement} node
 * @param {Row} row
 */
export function adopt(node, { node: fresh }) {
  if (node === fresh || node.dataset.state === fresh.dataset.state) return;
  for (const name of node.getAttributeNames()) node.removeAttribute(name);
  for (const { name, value } of fresh.attributes) node.setAttribute(name, value);
  for (const child of [...node.children])
    if (!child.classList.contains("inbox__reply")) child.remove();
  node.prepend(...fresh.children);
}

/** In the reader's zone. @param {ParentNode} within */
export function drawTimes(within) {
  for (const time of within.querySelectorAll("time")) {
    time.textContent = formatUntil(Date.parse(time.dateTime));
    time.title = formatFull(time.dateTime);
  }
}
