import { keep } from "./lib/storage.js";

/**
 * Where a reader stood in a page: a message, and by how many pixels its top was below the top of
 * the view. No place at all is the end of the conversation, which goes on.
 *
 * @typedef {{number: number, offset: number}} Place
 */

const KEPT = "chatsite:places";
const MOST = 50; // entries of the history that lie so far back have no place any more

/**
 * The reader's place in each entry of the tab's history. Not in `history.state`: going back says so
 * when the entry that is left can no longer be written to. Entries are told apart by an index that
 * grows by one with each, so that its difference is how far to go.
 */
export class Places {
  /** @type {Map<number, Place>} */
  #places = new Map();
  #last = 0;
  #storage;

  /** @param {import('./lib/storage.js').KeyValueStore} storage of the tab: the places outlive a page that is no visit */
  constructor(storage) {
    this.#storage = storage;
    try {
      const { last, places } = JSON.parse(storage.getItem(KEPT) ?? "{}");
      this.#places = new Map(places);
      this.#last = Number(last) || 0;
    } catch {
      // Forbidden, or written by another version: the places are lost, and nothing else.
    }
  }

  /** A new entry, after this one: what came after it before is gone. @param {number} [index] */
  next(index = this.#last) {
    for (const known of [...this.#places.keys()]) if (known > index) this.#places.delete(known);
    this.#last = index + 1;
    this.#store();
    return this.#last;
  }

  /** @param {number} index @returns {Place | null} */
  read(index) {
    return this.#places.get(index) ?? null;
  }

  /** @param {number} index @param {Place | null} place */
  write(index, place) {
    this.#places.delete(index);
    if (place) this.#places.set(index, place);
    if (this.#places.size > MOST) this.#places.delete([...this.#places.keys()][0]);
    this.#store();
  }

  #store() {
    const kept = { last: this.#last, places: [...this.#places] };
    // Full: the places hold as long as this page does.
    keep(this.#storage, KEPT, JSON.stringify(kept));
  }
}
