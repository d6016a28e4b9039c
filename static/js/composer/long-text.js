import { part, setText } from "../lib/dom.js";
import { lengthOf } from "../lib/field.js";
import { formatNumber, gettext } from "../lib/gettext.js";
import { offer } from "../lib/toast.js";
import { MAX_BODY } from "../protocol.js";

const LARGE = 3000; // characters at once, which is more than a screen of them
const NAME = "message.txt";

/**
 * A text that is too long for a message, or was pasted and is long, can be sent as a file. Until it
 * is sent it can be a text again.
 */
export class LongText {
  #field;
  #line;
  #add;
  #isPasted = false;

  /**
   * @param {HTMLElement} composer
   * @param {HTMLTextAreaElement} field
   * @param {object} world
   * @param {(file: File) => boolean} world.add whether it was added
   * @param {() => void} world.undo turn the file back into the text
   */
  constructor(composer, field, { add, undo }) {
    this.#field = field;
    this.#add = add;
    this.#line = part(composer, "long");
    part(composer, "long-file").addEventListener("click", () => {
      if (!this.#convert()) return;
      offer(gettext("Your text is a file now."), { label: gettext("Undo"), take: undo });
    });
    part(composer, "long-text").addEventListener("click", () => {
      this.#isPasted = false;
      this.draw();
      field.focus({ preventScroll: true });
    });
  }

  /** @param {string} text that is being pasted */
  pasted(text) {
    if (text.length > LARGE) this.#isPasted = true;
  }

  draw() {
    const { value } = this.#field;
    const isOver = lengthOf(value.trim()) > MAX_BODY;
    this.#isPasted &&= value.length > LARGE;
    this.#line.hidden = !isOver && !this.#isPasted;
    part(this.#line, "long-text").hidden = isOver;
    const most = formatNumber(MAX_BODY);
    const words = isOver
      ? gettext("A message can have %(most)s characters. This one can be sent as a file.", { most })
      : gettext("That is a long text. It can be sent as a file.");
    if (!this.#line.hidden) setText(part(this.#line, "long-words"), words);
  }

  /** @returns {boolean} whether the text is a file now */
  #convert() {
    const { value } = this.#field;
    if (!value.trim() || !this.#add(new File([value], NAME, { type: "text/plain" }))) return false;
    this.#field.value = "";
    this.#field.dispatchEvent(new Event("input"));
    this.#field.focus({ preventScroll: true });
    return true;
  }
}
