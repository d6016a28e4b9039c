import { copy } from "./copy.js";
import { gettext } from "./gettext.js";

/** A button that copies the text of the element whose id is in `data-of`. */
export class ChatCopy extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    if (!button) return;
    button.hidden = false;
    button.onclick = () => copy(this.#text, gettext("Copied."));
  }

  get #text() {
    const source = document.getElementById(this.dataset.of ?? "");
    return source instanceof HTMLInputElement ? source.value : (source?.textContent ?? "");
  }
}
