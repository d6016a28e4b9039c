import { isShown, part } from "../lib/dom.js";
import { applyEdit, selectionOf } from "../lib/field.js";
import { wireToolbar } from "../lib/toolbar.js";
import { capsOf, isMac } from "../navigation/keys.js";
import { formatted } from "./formatting.js";

const YEAR_SECONDS = 365 * 24 * 3600;
const wide = matchMedia("(width >= 40rem)");

/**
 * Buttons that format the selection. Whether they are shown is remembered in a cookie, so that the
 * page comes with the right height; until somebody chooses, wide screens show them.
 */
export class FormatBar {
  #composer;
  #field;
  #bar;
  #toggle;

  /**
   * @param {HTMLElement} composer
   * @param {HTMLTextAreaElement} field
   */
  constructor(composer, field) {
    this.#composer = composer;
    this.#field = field;
    this.#bar = part(composer, "bar");
    this.#toggle = part(composer, "bar-toggle");
    this.#toggle.addEventListener("click", () => this.#show(!this.#isShown));
    this.#toggle.setAttribute("aria-expanded", String(this.#isShown));
    wireToolbar(this.#bar);
    for (const button of this.#bar.querySelectorAll("button")) nameKeys(button);
    // The field keeps its selection, and on a phone the keyboard stays open.
    this.#bar.addEventListener("mousedown", (event) => event.preventDefault());
    this.#bar.addEventListener("click", (event) => this.#click(event));
    this.#bar.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      field.focus({ preventScroll: true });
    });
  }

  /** As the style sheet decides. */
  get #isShown() {
    const { formatting } = this.#composer.dataset;
    return formatting === "shown" || (formatting !== "hidden" && wide.matches);
  }

  /** @param {boolean} shown */
  #show(shown) {
    const choice = shown ? "shown" : "hidden";
    this.#composer.dataset.formatting = choice;
    this.#toggle.setAttribute("aria-expanded", String(shown));
    // biome-ignore lint/suspicious/noDocumentCookie: one of two words; Safari has no cookieStore
    document.cookie = `formatting=${choice}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
  }

  /** @param {MouseEvent} event */
  #click({ target }) {
    const button = /** @type {Element} */ (target).closest("[data-format]");
    const format = /** @type {HTMLElement | null} */ (button)?.dataset.format;
    if (!format || !isShown(this.#field)) return;
    const edit = formatted(selectionOf(this.#field), /** @type {any} */ (format));
    applyEdit(this.#field, edit);
  }
}

/** The name of a button, with its shortcut on this keyboard. @param {HTMLElement} button */
export function nameKeys(button) {
  const { keys } = button.dataset;
  const name = button.getAttribute("aria-label") ?? "";
  const [caps = []] = keys ? capsOf(keys, isMac()) : [];
  button.title = caps.length ? `${name} (${caps.join("+")})` : name;
}
