import { cloneTemplate, part, setText, written } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { refusal } from "../lib/labels.js";

/** @typedef {import('./arrangement.js').Arrangement} Arrangement */

/** The dialog that puts a room into a section, or makes a new one. */
export class PlaceDialog {
  /** @type {string | null} */ #room = null;
  #dialog;
  #arrangement;
  #settle;
  #within;

  /**
   * @param {ParentNode} within
   * @param {Arrangement} arrangement
   * @param {(change: Promise<void>) => void} settle
   * @param {(room: string) => void} notify opens the dialog for the room's notifications
   */
  constructor(within, arrangement, settle, notify) {
    this.#dialog = /** @type {HTMLDialogElement} */ (part(within, "place-dialog"));
    this.#arrangement = arrangement;
    this.#settle = settle;
    this.#within = within;
    part(this.#dialog, "places").addEventListener("click", (event) => this.#choose(event));
    part(this.#dialog, "place-notify").addEventListener("click", () => {
      this.#dialog.close();
      if (this.#room) notify(this.#room);
    });
    part(this.#dialog, "new-section").addEventListener("submit", (event) => this.#make(event));
  }

  /** @param {{slug: string, name: string} | null} room null: only make a section */
  open(room) {
    this.#room = room?.slug ?? null;
    const title = room
      ? gettext("Move %(room)s to a section", { room: room.name })
      : gettext("New section");
    setText(part(this.#dialog, "place-title"), title);
    setText(part(this.#dialog, "place-trouble"), "");
    part(this.#dialog, "place-notify").hidden = !room;
    /** @type {HTMLFormElement} */ (part(this.#dialog, "new-section")).reset();
    const place = room && this.#arrangement.placeOf(room.slug);
    const places = room
      ? [
          { id: "favourites", name: gettext("Favourites") },
          ...this.#arrangement.own,
          { id: "", name: gettext("No section") },
        ]
      : [];
    part(this.#dialog, "places").replaceChildren(
      ...places.map(({ id, name }) => {
        const line = cloneTemplate(this.#dialog, "place");
        line.dataset.place = id;
        if (id === (place ?? "")) line.setAttribute("aria-current", "true");
        setText(part(line, "place-name"), name);
        return line;
      }),
    );
    this.#dialog.showModal();
    const here = this.#dialog.querySelector("[aria-current], input");
    /** @type {HTMLElement} */ (here).focus();
  }

  /** @param {MouseEvent} event */
  #choose({ target }) {
    const line = /** @type {HTMLElement | null} */ (
      /** @type {Element} */ (target).closest("[data-place]")
    );
    const room = this.#room;
    if (!line || !room) return;
    const section = line.dataset.place || null;
    this.#dialog.close();
    if (section !== this.#arrangement.placeOf(room))
      this.#settle(this.#arrangement.place(room, section));
  }

  /** @param {SubmitEvent} event */
  async #make(event) {
    event.preventDefault();
    const name = written(this.#dialog, "new-name");
    if (!name) return;
    try {
      await this.#arrangement.make(name, this.#room);
      this.#dialog.close();
      this.#giveFocusBack();
    } catch (error) {
      const words = refusal(/** @type {any} */ (error));
      setText(part(this.#dialog, "place-trouble"), words);
    }
  }

  /** A row that has moved meanwhile is another one, of which the browser knows nothing. */
  #giveFocusBack() {
    const { activeElement } = document;
    if (activeElement !== document.body && !this.#dialog.contains(activeElement)) return;
    const row = `[data-room="${CSS.escape(this.#room ?? "")}"] a`;
    /** @type {HTMLElement | null} */ (this.#within.querySelector(row))?.focus();
  }
}
