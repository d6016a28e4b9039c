/**
 * A list drawn as children of one node. A row keeps its node as long as it keeps its key, and
 * unchanged rows aren't touched: focus, selection and a half-written edit stay where they are.
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
   * @param {number} [most] new rows at each end, so that drawing a page of them doesn't take a
   *   whole frame; rows with nothing drawn next to them are always drawn
   * @returns {boolean} whether all are drawn
   */
  draw(all, most = Number.POSITIVE_INFINITY) {
    const isDrawn = (/** @type {number} */ at) => !all[at] || this.#drawn.has(all[at].key);
    // Together with its neighbour: a heading that stays first has new rows below it.
    const first = all.findIndex((_, at) => isDrawn(at) && isDrawn(at + 1));
    const last = all.findLastIndex((_, at) => isDrawn(at) && isDrawn(at - 1));
    const rows = first < 0 ? all : all.slice(Math.max(0, first - most), last + 1 + most);
    this.#draw(rows);
    return rows.length === all.length;
  }

  /** @param {Row[]} rows */
  #draw(rows) {
    const keys = new Set(rows.map(({ key }) => key));
    // Remove first, or everything after it would be moved and lose focus.
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
