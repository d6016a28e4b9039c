import { isInCode } from "../lib/code.js";
import { applyEdit, selectionOf } from "../lib/field.js";
import { isComposing } from "../lib/keyboard.js";
import { isMac } from "../navigation/keys.js";
import { formatOf, formatted, linked, makesLink } from "./formatting.js";
import { continued } from "./lists.js";

/**
 * Markdown without typing its signs: shortcuts that put them around a selection, and lists that
 * continue by themselves.
 */
export class Formatter {
  #field;

  /** @param {HTMLTextAreaElement} field */
  constructor(field) {
    this.#field = field;
    field.addEventListener("paste", (event) => this.#paste(event));
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether it formatted something */
  key(event) {
    const edit = this.#editOf(event);
    if (!edit) return false;
    event.preventDefault();
    applyEdit(this.#field, edit);
    return true;
  }

  /** @param {KeyboardEvent} event */
  #editOf(event) {
    const selection = selectionOf(this.#field);
    const format = formatOf(event, { mac: isMac() });
    if (format) return formatted(selection, format);
    const breaks = event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.altKey;
    return breaks && !isComposing(event) ? continued(selection) : null;
  }

  /** An address pasted over words turns them into a link. @param {ClipboardEvent} event */
  #paste(event) {
    const selection = selectionOf(this.#field);
    const pasted = event.clipboardData?.getData("text/plain").trim() ?? "";
    if (!makesLink(selection, pasted) || isInCode(selection.value, selection.start)) return;
    event.preventDefault();
    applyEdit(this.#field, linked(selection, pasted));
  }
}
