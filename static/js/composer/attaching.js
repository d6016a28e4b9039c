import { isShown, part, touch } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { FIELDS } from "../lib/keyboard.js";
import { say } from "../lib/toast.js";
import { DropZone } from "./drop-zone.js";

const CLOSED = gettext("You can't send files here. Your text is still there.");
const FOLDER = gettext("A folder can't be sent. Send its files, or a ZIP of it.");

/** What each way of choosing asks the device for. */
const WAYS = /** @type {Record<string, {accept: string, capture?: string}>} */ ({
  camera: { accept: "image/*", capture: "environment" },
  pictures: { accept: "image/*,video/*" },
  files: { accept: "" },
});

/**
 * The ways into the tray: paste, drop anywhere on the page, choose, and the camera of a phone.
 */
export class Attaching {
  #composer;
  #field;
  #canWrite;
  #add;
  #input;

  /**
   * @param {HTMLElement} composer
   * @param {HTMLTextAreaElement} field
   * @param {object} world
   * @param {() => boolean} world.canWrite
   * @param {() => string} world.roomName
   * @param {(files: File[]) => void} world.add
   * @param {(text: string) => void} world.pasted a text, into the field
   * @param {AbortSignal} world.signal ends it
   */
  constructor(composer, field, { canWrite, roomName, add, pasted, signal }) {
    this.#composer = composer;
    this.#field = field;
    this.#canWrite = canWrite;
    this.#add = add;
    this.#input = /** @type {HTMLInputElement} */ (part(composer, "attach-input"));
    document.addEventListener("paste", (event) => this.#paste(event, pasted), { signal });
    new DropZone({
      words: () => canWrite() && gettext("Add to your message in %(room)s", { room: roomName() }),
      drop: (data) => this.#drop(data),
      signal,
    });
    this.#wireChoice();
  }

  #wireChoice() {
    const sheet = /** @type {HTMLDialogElement} */ (part(this.#composer, "attach-sheet"));
    part(this.#composer, "attach").addEventListener("click", () =>
      touch.matches ? sheet.showModal() : this.#choose("files"),
    );
    sheet.addEventListener("click", ({ target }) => {
      const button = /** @type {Element} */ (target).closest("button");
      if (target !== sheet && !button) return;
      sheet.close();
      if (button?.value) this.#choose(button.value);
    });
    this.#input.addEventListener("change", () => {
      this.#take([...(this.#input.files ?? [])]);
      this.#input.value = ""; // the same file can be chosen again
    });
  }

  /** @param {string} way */
  #choose(way) {
    const { accept, capture = "" } = WAYS[way] ?? WAYS.files;
    this.#input.accept = accept;
    this.#input.toggleAttribute("capture", capture !== "");
    if (capture) this.#input.setAttribute("capture", capture);
    this.#input.click();
  }

  /** @param {ClipboardEvent} event @param {(text: string) => void} pasted */
  #paste(event, pasted) {
    const { clipboardData, target } = event;
    const isHere = target === this.#field;
    const field = target instanceof Element && target.closest(FIELDS);
    if ((field && !isHere) || document.querySelector("dialog[open]")) return;
    const text = clipboardData?.getData("text/plain") ?? "";
    // A table or a web page is copied as text along with a picture; the text is what is meant.
    if (text || !holdsFiles(clipboardData)) return isHere ? pasted(text) : undefined;
    event.preventDefault();
    this.#take([...(clipboardData?.files ?? [])]);
  }

  /** @param {DataTransfer} data */
  #drop(data) {
    const entries = [...data.items].map((item) => item.webkitGetAsEntry?.());
    const isFolder = entries.some((entry) => entry?.isDirectory);
    if (isFolder) say(FOLDER);
    const files = [...data.files].filter((_, at) => !entries[at]?.isDirectory);
    if (files.length > 0 || !isFolder) this.#take(files);
  }

  /** @param {File[]} files */
  #take(files) {
    if (!this.#canWrite()) return say(CLOSED);
    if (files.length > 0) this.#add(files);
    if (!touch.matches && isShown(this.#field)) this.#field.focus({ preventScroll: true });
    return undefined;
  }
}

/** @param {DataTransfer | null} data */
const holdsFiles = (data) => data?.types.includes("Files") ?? false;
