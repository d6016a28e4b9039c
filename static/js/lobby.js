import { keepFocus } from "./lib/focus.js";

/** @typedef {import('./lib/types.js').ServerEvent} ServerEvent */

const GATHER_MS = 300; // of changes that come together; and those who look don't ask all at once
const LIST = '[aria-labelledby="public-rooms"]';
const CONCERNS = new Set(["lobby.changed", "room.added", "room.removed"]);

/** The list of public rooms on the screen: it follows what becomes of them, and which of them are mine. */
export class Lobby {
  #main;
  #socket;
  #fetch;
  /** @type {any} */ #soon = null;
  #left = new AbortController();

  /**
   * @param {HTMLElement} main
   * @param {import('./socket.js').ChatSocket} socket
   * @param {(signal: AbortSignal) => Promise<ParentNode | null>} fetch this page, as it is now
   */
  constructor(main, socket, fetch) {
    this.#main = main;
    this.#socket = socket;
    this.#fetch = fetch;
  }

  /** The line is there, perhaps once more: what was missed meanwhile is shown, too. @param {{again?: boolean}} [how] */
  async open({ again = false } = {}) {
    try {
      await this.#socket.request({ type: "lobby.open" });
    } catch {
      return; // the line was lost, and the next welcome opens it anew
    }
    if (again) this.#refreshSoon();
  }

  /** @param {ServerEvent} event */
  hear(event) {
    if (CONCERNS.has(event.type)) this.#refreshSoon();
  }

  leave() {
    this.#left.abort();
    clearTimeout(this.#soon);
    this.#socket.request({ type: "lobby.close" }).catch(() => {});
  }

  #refreshSoon() {
    this.#soon ??= setTimeout(() => this.#refresh(), GATHER_MS * (0.5 + Math.random()));
  }

  async #refresh() {
    this.#soon = null;
    const page = await this.#fetch(this.#left.signal).catch(() => null);
    const now = page?.querySelector(LIST);
    const shown = this.#main.querySelector(LIST);
    if (!now || !shown || this.#left.signal.aborted) return;
    const focused = addressOf(document.activeElement);
    const same = () => controlsOf(shown).find((one) => addressOf(one) === focused);
    keepFocus(shown, () => exchange(shown, now), same);
  }
}

/** All but the heading, in whose field somebody may be typing. @param {Element} shown @param {Element} now */
function exchange(shown, now) {
  shown.replaceChildren(
    .../** @type {Node[]} */ ([shown.firstElementChild]),
    ...[...now.children].slice(1),
  );
}

/** @param {Element} within */
const controlsOf = (within) => [...within.querySelectorAll("a, button")];

/** Where a link leads to, or a button: a row is known by it. @param {Element | null} control */
function addressOf(control) {
  return control?.getAttribute("href") ?? control?.closest("form")?.getAttribute("action");
}
