import { cloneTemplate, part, setText } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { capsOf, isMac, KEYS } from "./keys.js";

const OR = gettext("or");

/** The sheet of keyboard shortcuts. */
export class ChatKeys extends HTMLElement {
  open() {
    const dialog = /** @type {HTMLDialogElement} */ (part(this, "sheet"));
    const groups = part(this, "groups");
    if (!groups.hasChildNodes()) groups.append(...KEYS.map((group) => this.#group(group)));
    dialog.showModal();
  }

  /** @param {typeof KEYS[number]} group */
  #group({ title, keys }) {
    const section = cloneTemplate(this, "group");
    setText(part(section, "title"), title);
    part(section, "keys").append(...keys.map((key) => this.#key(key)));
    return section;
  }

  /** @param {import('./keys.js').Key} key */
  #key({ keys, words }) {
    const line = cloneTemplate(this, "key");
    setText(part(line, "words"), words);
    const ways = capsOf(keys, isMac()).map((caps) => caps.flatMap((cap) => [cap, " "]));
    const caps = part(line, "caps");
    for (const cap of ways.flatMap((way, at) => (at > 0 ? [OR, " ", ...way] : way))) {
      if (cap === " " || cap === OR) caps.append(cap);
      else caps.append(Object.assign(document.createElement("kbd"), { textContent: cap }));
    }
    return line;
  }
}
