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

  /**
   * @param {Row[]} all
   * @param {number} [most] new rows at each end, so that a page of them does not cost a frame; rows
   *   that have nothing drawn to stand beside are drawn whatever their number
   * @returns {boolean} whether all are drawn
   */
  draw(all, most = Number.POSITIVE_INFINITY) {
    const isDrawn = (/** @type {number} */ at) => !all[at] || this.#drawn.has(all[at].key);
    // With its neighbour: a heading that stays the first of all has new rows below it.
    const first = all.findIndex((_, at) => isDrawn(at) && isDrawn(at + 1));
    const last = all.findLastIndex((_, at) => isDrawn(at) && isDrawn(at - 1));
    const rows = first < 0 ? all : all.slice(Math.max(0, first - most), last + 1 + most);
    this.#draw(rows);
    return rows.length === all.length;
  }

  /** @param {Row[]} rows */
  #draw(rows) {
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
