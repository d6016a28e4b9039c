import { keep } from "../lib/storage.js";

/**
 * Where the reader was in a page: a message, and how many pixels its top was below the top of the
 * view. No place means the end of the conversation. In the inbox it is a line, by its `key`.
 *
 * @typedef {{number: number, offset: number, key?: string}} Place
 */

const KEPT = "chatsite:places";
const MOST = 50; // older history entries lose their place

/**
 * The reader's place in each entry of the tab's history. Not in `history.state`: going back is
 * reported when the entry being left can no longer be written. Entries have an index that grows by
 * one, so a difference says how far to go.
 */
export class ScrollPlaces {
  /** @type {Map<number, Place>} */
  #places = new Map();
  #last = 0;
  #storage;

  /**
   * @param {import('../lib/storage.js').KeyValueStore} storage of the tab, so that places survive a
   *   full page load
   */
  constructor(storage) {
    this.#storage = storage;
    try {
      const { last, places } = JSON.parse(storage.getItem(KEPT) ?? "{}");
      this.#places = new Map(places);
      this.#last = Number(last) || 0;
    } catch {
      // Denied, or written by another version: only the places are lost.
    }
  }

  /**
   * Add an entry after this one; the entries that came after it are gone.
   *
   * @param {number} [index]
   */
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
    // If it is full, places last as long as this page.
    keep(this.#storage, KEPT, JSON.stringify(kept));
  }
}
