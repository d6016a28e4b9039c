import { part } from "../lib/dom.js";
import { letterOf } from "../lib/keyboard.js";
import { nameMentions } from "../lib/named.js";
import { drawTyped } from "../markup/draw.js";
import { isMac } from "../navigation/keys.js";
import { adoptLinks } from "../navigation/own-links.js";
import { nameKeys } from "./format-bar.js";

/** What the draft will look like, in the place of the field. */
export class Preview {
  #composer;
  #field;
  #destinations;
  #session;
  #button;

  /**
   * @param {HTMLElement} composer
   * @param {HTMLTextAreaElement} field
   * @param {import('../navigation/destinations.js').Destinations} destinations
   * @param {import('../room/session.js').RoomSession} session
   */
  constructor(composer, field, destinations, session) {
    this.#session = session;
    this.#composer = composer;
    this.#field = field;
    this.#destinations = destinations;
    this.#button = part(composer, "preview-toggle");
    nameKeys(this.#button);
    this.#button.addEventListener("click", () => this.toggle());
    part(composer, "form").addEventListener("keydown", (event) => this.#key(event));
    // Another tab may change the draft.
    for (const type of ["input", "change"])
      field.addEventListener(type, () => this.#isOpen && this.#draw());
  }

  get #isOpen() {
    return !this.#frame.hidden;
  }

  get #frame() {
    return part(this.#composer, "preview");
  }

  /** @param {boolean} [open] */
  toggle(open = !this.#isOpen) {
    if (open === this.#isOpen || (open && !this.#field.value.trim())) return;
    if (open) this.#draw();
    this.#frame.hidden = !open;
    this.#field.hidden = open;
    this.#button.setAttribute("aria-pressed", String(open));
    (open ? this.#frame : this.#field).focus({ preventScroll: true });
  }

  #draw() {
    const body = part(this.#composer, "preview-body");
    const html = drawTyped(body, this.#field.value.trim(), this.#session.mentions.of);
    part(this.#composer, "preview-note").hidden = html !== null;
    nameMentions(body);
    adoptLinks(body, this.#destinations);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const isEscape = event.key === "Escape" && this.#isOpen;
    if (event.isComposing || !(isEscape || isPreviewKey(event))) return;
    event.preventDefault();
    event.stopPropagation();
    this.toggle(isEscape ? false : undefined);
  }
}

/** Mod+Alt+P: with Shift, browsers open a private window. @param {KeyboardEvent} event */
function isPreviewKey(event) {
  const [mod, other] = isMac() ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey];
  if (!mod || other || !event.altKey || event.shiftKey) return false;
  if (event.getModifierState("AltGraph")) return false; // it writes a letter
  // On a Mac, Alt writes another letter.
  return event.code === "KeyP" || letterOf(event) === "p";
}
