import { part, setText } from "../lib/dom.js";
import { formatNumber, gettext } from "../lib/gettext.js";
import { formatSize } from "../lib/size.js";

/** @typedef {import('../lib/types.js').LocalFile} LocalFile */

const SAVE_MS = 1000; // after the last key: the server is told each time

/**
 * What can be done with a file before it is posted: describe a picture, move it among the others,
 * turn a text back into one, remove it. Its description is kept as it is written.
 */
export class FileDialog {
  #dialog;
  #files;
  #order;
  /** @type {string | null} the key of the file */ #key = null;

  /**
   * @param {HTMLElement} dialog
   * @param {object} world
   * @param {import('./files.js').Files} world.files
   * @param {() => LocalFile[]} world.order
   * @param {(key: string, step: number) => void} world.move
   * @param {(key: string) => void} world.remove
   * @param {(key: string) => void} world.restoreText
   * @param {(key: string) => void} world.closed
   */
  constructor(dialog, { files, order, move, remove, restoreText, closed }) {
    this.#dialog = /** @type {HTMLDialogElement} */ (dialog);
    this.#files = files;
    this.#order = order;
    const on = (/** @type {string} */ name, /** @type {(key: string) => void} */ act) =>
      part(dialog, name).addEventListener("click", () => this.#key && act(this.#key));
    on("file-earlier", (key) => move(key, -1));
    on("file-later", (key) => move(key, 1));
    const thenClose = (/** @type {(key: string) => void} */ act) => (/** @type {string} */ key) => {
      this.#dialog.close();
      act(key);
    };
    on("file-remove", thenClose(remove));
    on("file-text", thenClose(restoreText));
    /** @type {any} */ let timer = null;
    this.#alt.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.#describe(), SAVE_MS);
    });
    this.#alt.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#dialog.close();
    });
    dialog.addEventListener("close", () => {
      const key = this.#key;
      this.#describe();
      this.#key = null;
      /** @type {HTMLImageElement} */ (part(dialog, "file-picture")).removeAttribute("src");
      if (key) closed(key);
    });
  }

  /** @param {string} key */
  open(key) {
    const file = this.#files.get(key);
    if (!file) return;
    this.#key = key;
    const isPicture = file.kind === "image";
    setText(part(this.#dialog, "file-name"), file.name);
    const picture = /** @type {HTMLImageElement} */ (part(this.#dialog, "file-picture"));
    const address = isPicture ? this.#files.addressOf(key) : "";
    picture.hidden = !address;
    picture.onerror = () => {
      picture.hidden = true;
    };
    if (address) picture.src = address;
    part(this.#dialog, "file-description").hidden = !isPicture;
    this.#alt.value = file.alt;
    part(this.#dialog, "file-text").hidden = !file.isText;
    this.draw();
    this.#dialog.showModal();
    if (isPicture) this.#alt.focus();
  }

  draw() {
    const file = this.#key ? this.#files.get(this.#key) : null;
    if (!file) return this.#dialog.open && this.#dialog.close(); // removed in another tab
    const order = this.#order();
    const at = order.findIndex(({ key }) => key === this.#key);
    part(this.#dialog, "file-places").hidden = order.length < 2;
    setText(part(this.#dialog, "file-facts"), file.reason ?? formatSize(file.size));
    setText(
      part(this.#dialog, "file-place"),
      gettext("%(at)s of %(count)s", {
        at: formatNumber(at + 1),
        count: formatNumber(order.length),
      }),
    );
    const ends = { "file-earlier": at <= 0, "file-later": at === order.length - 1 };
    for (const [name, isEnd] of Object.entries(ends))
      part(this.#dialog, name).setAttribute("aria-disabled", String(isEnd));
    return undefined;
  }

  #describe() {
    const alt = this.#alt.value.trim();
    const file = this.#key ? this.#files.get(this.#key) : null;
    if (file?.kind !== "image" || file.alt === alt) return;
    // A refused description is what was wrong with it; the next one may do.
    const isRefused = file.done && file.told !== file.alt;
    this.#files.change(file.key, { alt, ...(isRefused ? { reason: undefined } : {}) });
  }

  get #alt() {
    return /** @type {HTMLTextAreaElement} */ (part(this.#dialog, "file-alt"));
  }
}
