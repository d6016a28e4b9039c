import { cloneTemplate, part, setText } from "../lib/dom.js";
import { formatCount, gettext, ngettext } from "../lib/gettext.js";
import { TYPING_PAUSE_MS } from "../lib/keyboard.js";
import { KeyedList } from "../lib/keyed.js";
import { ranked } from "../lib/ranking.js";

/** @typedef {import('../lib/ranking.js').Destination} Destination */

const SHOWN = 30; // nobody looks through more

/** The dialog that finds a room, a person or something to do by a few letters of the name. */
export class ChatSwitcher extends HTMLElement {
  /** @type {import('./destinations.js').Destinations} */ #destinations;
  /** @type {() => Destination[]} */ #deeds;
  /** @type {(destination: Destination) => void} */ #go;
  /** @type {() => string | null} */ #here;
  /** @type {KeyedList<Destination>} */ #list;
  /** @type {Destination[]} found by the server so far */ #found = [];
  /** @type {Destination[]} */ #shown = [];
  /** @type {any} */ #pause = null;
  #asked = new AbortController();
  #at = 0;

  /**
   * @param {object} page
   * @param {import('./destinations.js').Destinations} page.destinations
   * @param {() => Destination[]} page.deeds what can be done besides
   * @param {(destination: Destination) => void} page.go
   * @param {() => string | null} page.here the key of the current destination
   */
  attach({ destinations, deeds, go, here }) {
    this.#destinations = destinations;
    this.#deeds = deeds;
    this.#go = go;
    this.#here = here;
    this.#list = new KeyedList(
      part(this, "goals"),
      () => cloneTemplate(this, "goal"),
      drawDestination,
    );
    this.#field.addEventListener("input", () => this.#search());
    this.#field.addEventListener("keydown", (event) => this.#key(event));
    part(this, "goals").addEventListener("click", ({ target }) => this.#click(target));
    // The field keeps the focus, and announces the option that it points at.
    part(this, "goals").addEventListener("mousedown", (event) => event.preventDefault());
    this.#dialog.addEventListener("close", () => this.#closed());
    this.#dialog.addEventListener("click", ({ target }) => {
      if (target === this.#dialog) this.#dialog.close(); // on the backdrop
    });
  }

  get #dialog() {
    return /** @type {HTMLDialogElement} */ (part(this, "switcher"));
  }

  get #field() {
    return /** @type {HTMLInputElement} */ (part(this, "query"));
  }

  toggle() {
    if (this.#dialog.open) return this.#dialog.close();
    this.#field.value = "";
    this.#found = [];
    this.#dialog.showModal();
    this.#at = 0;
    this.#draw();
  }

  #closed() {
    clearTimeout(this.#pause);
    this.#asked.abort();
  }

  #search() {
    clearTimeout(this.#pause);
    this.#asked.abort();
    this.#at = 0;
    this.#draw();
    const query = this.#field.value.trim();
    if (!query) return;
    this.#asked = new AbortController();
    const { signal } = this.#asked;
    this.#pause = setTimeout(async () => {
      const found = await this.#destinations.search(query, signal);
      if (signal.aborted) return;
      const chosen = this.#shown[this.#at]?.key;
      this.#found = found;
      // A choice that was already made stays, wherever it has moved to.
      this.#draw(this.#at > 0 ? chosen : undefined);
    }, TYPING_PAUSE_MS);
  }

  /** @param {string} [chosen] */
  #draw(chosen) {
    const query = this.#field.value;
    const here = this.#here();
    const mine = this.#destinations.mine.filter(({ key }) => query.trim() || key !== here);
    const deeds = query.trim() ? this.#deeds() : [];
    this.#shown = ranked([...mine, ...this.#found, ...deeds], query).slice(0, SHOWN);
    this.#list.draw(this.#shown);
    const at = this.#shown.findIndex(({ key }) => key === chosen);
    this.#choose(at < 0 ? Math.min(this.#at, Math.max(0, this.#shown.length - 1)) : at);
    this.#field.setAttribute("aria-expanded", String(this.#shown.length > 0));
    part(this, "nothing").hidden = this.#shown.length > 0;
    setText(
      part(this, "results"),
      ngettext("%(count)s result", "%(count)s results", this.#shown.length),
    );
  }

  /** @param {number} at */
  #choose(at) {
    this.#at = at;
    const options = [...part(this, "goals").children];
    for (const [n, option] of options.entries()) {
      option.id = `goal-${n}`;
      option.setAttribute("aria-selected", String(n === at));
    }
    if (options[at]) this.#field.setAttribute("aria-activedescendant", options[at].id);
    else this.#field.removeAttribute("aria-activedescendant");
    options[at]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing || event.altKey) return;
    const { length } = this.#shown;
    const steps = { ArrowDown: this.#at + 1, ArrowUp: this.#at - 1 };
    const to = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (to !== undefined && length > 0) this.#choose((to + length) % length);
    else if (event.key === "Enter") this.#take(this.#shown[this.#at]);
    else return;
    event.preventDefault();
  }

  /** @param {EventTarget | null} target */
  #click(target) {
    const option = /** @type {Element} */ (target).closest('[role="option"]');
    const at = option ? [...part(this, "goals").children].indexOf(option) : -1;
    this.#take(this.#shown[at]);
  }

  /** @param {Destination | undefined} destination */
  #take(destination) {
    if (!destination) return;
    this.#dialog.close();
    this.#go(destination);
  }
}

/** @param {HTMLElement} node @param {Destination} destination */
function drawDestination(node, destination) {
  setText(part(node, "mark"), destination.mark);
  setText(part(node, "name"), destination.name);
  setText(part(node, "hint"), hintOf(destination));
  const count = part(node, "count");
  count.hidden = !destination.unread;
  count.classList.toggle("badge--mention", (destination.mentions ?? 0) > 0);
  setText(count, destination.unread ? formatCount(destination.unread) : "");
  part(node, "words").hidden = !destination.unread;
  node.toggleAttribute("data-unread", Boolean(destination.unread));
}

/** What the name alone doesn't say. @param {Destination} destination */
function hintOf({ kind, username, archived }) {
  if (archived) return gettext("archived");
  if (kind === "public") return gettext("not joined");
  return kind === "person" ? `@${username}` : "";
}
