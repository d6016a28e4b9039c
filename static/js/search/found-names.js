import { cloneTemplate, part, setText } from "../lib/dom.js";
import { TYPING_PAUSE_MS } from "../lib/keyboard.js";
import { KeyedList } from "../lib/keyed.js";
import { ranked } from "../lib/ranking.js";

/** @typedef {import('../lib/ranking.js').Destination} Destination */

const MOST = 5; // the switcher finds more

/** Rooms and people whose names fit what is searched for, above the messages. */
export class FoundNames {
  /** @type {Destination[]} found by the server so far */ #found = [];
  /** @type {KeyedList<Destination>} */ #list;
  /** @type {any} */ #pause = null;
  #asked = new AbortController();
  #query = "";
  #section;
  #destinations;

  /**
   * @param {HTMLElement} section
   * @param {HTMLElement} templates
   * @param {import('../navigation/destinations.js').Destinations} destinations
   */
  constructor(section, templates, destinations) {
    this.#section = section;
    this.#destinations = destinations;
    this.#list = new KeyedList(
      part(section, "names-list"),
      ({ kind }) => cloneTemplate(templates, kind === "person" ? "found-person" : "found-room"),
      drawName,
    );
  }

  /** @param {string} query */
  find(query) {
    if (query === this.#query) return;
    this.stop();
    this.#query = query;
    this.draw();
    if (!query) return;
    this.#asked = new AbortController();
    const { signal } = this.#asked;
    this.#pause = setTimeout(async () => {
      const found = await this.#destinations.search(query, signal);
      if (signal.aborted) return;
      this.#found = found;
      this.draw();
    }, TYPING_PAUSE_MS);
  }

  stop() {
    clearTimeout(this.#pause);
    this.#asked.abort();
  }

  draw() {
    const all = [...this.#destinations.mine, ...this.#found];
    const shown = this.#query ? ranked(all, this.#query).slice(0, MOST) : [];
    this.#section.hidden = shown.length === 0;
    this.#list.draw(shown);
  }
}

/** @param {HTMLElement} node @param {Destination} destination */
function drawName(node, { name, mark, address, username = "" }) {
  setText(part(node, "mark"), mark);
  setText(part(node, "name"), name);
  const goal = part(node, "goal");
  if (goal instanceof HTMLAnchorElement) goal.href = address ?? "";
  else {
    goal.dataset.username = username;
    setText(part(node, "hint"), `@${username}`);
  }
}
