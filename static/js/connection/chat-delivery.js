import { copy } from "../lib/copy.js";
import { part } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";

const EVERY_MS = 2000;

/** The panel that shows how delivery is doing. */
export class ChatDelivery extends HTMLElement {
  /** @type {import('./delivery.js').Delivery} */ #delivery;
  /** @type {() => import('../room/session.js').RoomSession | null} */ #session;
  /** @type {any} */ #timer;

  /**
   * @param {import('./delivery.js').Delivery} delivery
   * @param {() => import('../room/session.js').RoomSession | null} session of the current room
   */
  attach(delivery, session) {
    this.#delivery = delivery;
    this.#session = session;
    this.#dialog.addEventListener("close", () => clearInterval(this.#timer));
    part(this, "copy").addEventListener("click", () => copy(this.#text, gettext("Copied.")));
  }

  open() {
    this.#draw();
    this.#dialog.showModal();
    this.#measure();
    this.#timer = setInterval(() => this.#measure(), EVERY_MS);
  }

  get #dialog() {
    return /** @type {HTMLDialogElement} */ (part(this, "panel"));
  }

  get #facts() {
    return this.#delivery.facts(this.#session());
  }

  get #text() {
    const facts = this.#facts.map(([name, value]) => `${name}: ${value}`);
    return [...facts, gettext("Browser: %(name)s", { name: navigator.userAgent })].join("\n");
  }

  async #measure() {
    await this.#delivery.measure();
    this.#draw();
  }

  #draw() {
    const lines = this.#facts.flatMap(([name, value]) => [line("dt", name), line("dd", value)]);
    part(this, "facts").replaceChildren(...lines);
  }
}

/** @param {'dt' | 'dd'} tag @param {string} text */
const line = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
