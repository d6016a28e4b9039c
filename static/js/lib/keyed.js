/**
 * A list drawn as children of one node. A row keeps its node for as long as it keeps its key: what
 * did not change is not touched, so focus, selection and a half-written edit stay where they are.
 *
 * @template {{key: string}} Row
 */
export class KeyedList {
  /** @type {Map<string, {node: HTMLElement, row: Row}>} */
  #drawn = new Map();
  #parent;
  #create;
  #update;

  /**
   * @param {HTMLElement} parent
   * @param {(row: Row) => HTMLElement} create
   * @param {(node: HTMLElement, row: Row, before: Row | null) => void} update
   */
  constructor(parent, create, update) {
    this.#parent = parent;
    this.#create = create;
    this.#update = update;
  }

  /** @param {Row[]} rows */
  draw(rows) {
    const keys = new Set(rows.map(({ key }) => key));
    // First what is gone: otherwise all that follows it would be moved, and lose focus by it.
    for (const [key, { node }] of this.#drawn) {
      if (keys.has(key)) continue;
      node.remove();
      this.#drawn.delete(key);
    }
    let next = this.#parent.firstElementChild;
    for (const row of rows) {
      const known = this.#drawn.get(row.key);
      const node = known?.node ?? this.#create(row);
      this.#update(node, row, known?.row ?? null);
      this.#drawn.set(row.key, { node, row });
      if (node === next) next = next.nextElementSibling;
      else this.#parent.insertBefore(node, next);
    }
  }

  /** @param {string} key */
  rowOf(key) {
    return this.#drawn.get(key)?.row;
  }

  /** @param {string} key */
  nodeOf(key) {
    return this.#drawn.get(key)?.node;
  }
}
