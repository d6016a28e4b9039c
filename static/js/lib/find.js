/**
 * The one element of this kind.
 *
 * @template {HTMLElement} T
 * @param {ParentNode} within
 * @param {new () => T} type
 * @returns {T | null}
 */
export function find(within, type) {
  return /** @type {T | null} */ (within.querySelector(customElements.getName(type) ?? ""));
}
