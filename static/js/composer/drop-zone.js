import { setText } from "../lib/dom.js";

const GONE_MS = 700; // without a word of the dragged files; Firefox speaks every 350 ms

/**
 * The whole page takes files that are dropped: the browser would leave the page for them. While
 * they are over it, it says where they go.
 */
export class DropZone {
  #words;
  #drop;
  /** @type {any} */ #timer = null;
  #isOwn = false; // a picture or a link of the page itself

  /**
   * @param {object} world
   * @param {() => string | false} world.words false: nothing can be dropped here now
   * @param {(data: DataTransfer) => void} world.drop
   * @param {AbortSignal} world.signal ends it
   */
  constructor({ words, drop, signal }) {
    this.#words = words;
    this.#drop = drop;
    const on = (/** @type {string} */ type, /** @type {(event: any) => void} */ hear) =>
      document.addEventListener(type, hear, { signal });
    on("dragstart", () => {
      this.#isOwn = true;
    });
    on("dragend", () => {
      this.#isOwn = false;
    });
    on("dragover", (event) => this.#over(event));
    on("dragleave", ({ relatedTarget }) => relatedTarget === null && this.#hideSoon(50));
    on("drop", (event) => this.#dropped(event));
    signal.addEventListener("abort", () => this.#hide(), { once: true });
  }

  /** @param {DragEvent} event */
  #over(event) {
    if (!this.#isMeant(event)) return;
    event.preventDefault(); // otherwise no drop event would follow
    const words = this.#words();
    const zone = this.#zone;
    if (event.dataTransfer) event.dataTransfer.dropEffect = words ? "copy" : "none";
    if (!words || !zone) return;
    const place = zone.querySelector("[data-part=drop-words]");
    if (place) setText(place, words);
    zone.hidden = false;
    this.#hideSoon(GONE_MS);
  }

  /** @param {DragEvent} event */
  #dropped(event) {
    const isMeant = this.#isMeant(event);
    this.#isOwn = false;
    this.#hide();
    if (!isMeant || !event.dataTransfer) return;
    event.preventDefault();
    this.#drop(event.dataTransfer);
  }

  /** @param {DragEvent} event */
  #isMeant({ dataTransfer }) {
    return !this.#isOwn && (dataTransfer?.types.includes("Files") ?? false);
  }

  /** @param {number} ms */
  #hideSoon(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#hide(), ms);
  }

  #hide() {
    clearTimeout(this.#timer);
    if (this.#zone) this.#zone.hidden = true;
  }

  get #zone() {
    return document.getElementById("drop-zone");
  }
}
