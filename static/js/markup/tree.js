/**
 * A rendered text as data: it becomes nodes without any HTML being parsed.
 *
 * @typedef {string | Branch} Leaf
 * @typedef {{tag: string, attributes?: Record<string, string | number>, children: Leaf[]}} Branch
 */

/** @param {string} tag @param {Leaf[]} children @param {Record<string, string | number>} [attributes] @returns {Branch} */
export const branch = (tag, children, attributes) => ({ tag, attributes, children });

/** @param {Leaf[]} leaves @returns {DocumentFragment} */
export function nodesOf(leaves) {
  const fragment = document.createDocumentFragment();
  for (const leaf of leaves) {
    if (typeof leaf === "string") {
      fragment.append(leaf);
      continue;
    }
    const element = document.createElement(leaf.tag);
    for (const [name, value] of Object.entries(leaf.attributes ?? {}))
      element.setAttribute(name, String(value));
    element.append(nodesOf(leaf.children));
    fragment.append(element);
  }
  return fragment;
}

/** Neighbouring texts as one. @param {Leaf[]} leaves @returns {Leaf[]} */
export function joined(leaves) {
  /** @type {Leaf[]} */
  const found = [];
  for (const leaf of leaves) {
    const last = found.at(-1);
    if (typeof leaf === "string" && typeof last === "string") found.splice(-1, 1, last + leaf);
    else if (leaf !== "") found.push(leaf);
  }
  return found;
}

const VOID = new Set(["br", "img", "source"]);

/** As the server writes it. @param {Leaf[]} leaves @returns {string} */
export const htmlOf = (leaves) =>
  leaves
    .map((leaf) => {
      if (typeof leaf === "string") return escaped(leaf);
      const attributes = Object.entries(leaf.attributes ?? {}).map(
        ([name, value]) => ` ${name}="${escaped(String(value)).replaceAll('"', "&quot;")}"`,
      );
      const opening = `<${leaf.tag}${attributes.join("")}>`;
      return VOID.has(leaf.tag) ? opening : `${opening}${htmlOf(leaf.children)}</${leaf.tag}>`;
    })
    .join("");

/** @param {Leaf[]} leaves @returns {string} */
export const textOf = (leaves) =>
  leaves
    .map((leaf) =>
      typeof leaf === "string" ? leaf : (leaf.attributes?.alt ?? textOf(leaf.children)),
    )
    .join("");

/** @param {string} text */
const escaped = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
