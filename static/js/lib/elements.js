/**
 * Names by class. Browsers report them only since `customElements.getName`, in Chrome since 117.
 *
 * @type {Map<Function, string>}
 */
const names = new Map();

/** @param {string} name @param {CustomElementConstructor} type */
export function define(name, type) {
  names.set(type, name);
  customElements.define(name, type);
}

/**
 * The only element of a kind.
 *
 * @template {HTMLElement} T
 * @param {ParentNode} within
 * @param {new () => T} type
 * @returns {T | null}
 */
export function find(within, type) {
  const name = names.get(type);
  return name ? /** @type {T | null} */ (within.querySelector(name)) : null;
}
