import { cloneTemplate, drawAvatar, part, setText, setWhose } from "../lib/dom.js";
import { gettext, ngettext } from "../lib/gettext.js";
import { isComposing, TYPING_PAUSE_MS } from "../lib/keyboard.js";
import { KeyedList } from "../lib/keyed.js";
import { displayName } from "../lib/labels.js";
import { rankedPeople } from "../lib/ranking.js";

/** @typedef {import('../lib/types.js').User} User */
/** @typedef {User & {note?: string}} Found why they can't be picked, if they can't */
/** @typedef {Found & {key: string}} Row */

const SHOWN = 8; // people type on rather than read more

/**
 * A field in which people are picked by name: those picked stand before the text, and what is typed
 * finds more. Enter or a click takes a suggestion, Backspace in the empty field removes the last
 * one picked.
 */
export class PeoplePicker {
  /** @type {Map<number, User>} */ #picked = new Map();
  /** @type {Map<number, Found>} found by the server so far */ #found = new Map();
  /** @type {Found[]} */ #shown = [];
  /** @type {KeyedList<Row>} */ #options;
  /** @type {KeyedList<Row>} */ #chips;
  /** @type {any} */ #pause = null;
  #asked = new AbortController();
  /** Of the chosen suggestion; -1: none, so that Enter submits the form. */
  #at = -1;
  #root;
  #find;
  #known;
  #most;
  #changed;

  /**
   * @param {HTMLElement} root
   * @param {object} world
   * @param {(query: string, signal: AbortSignal) => Promise<Found[]>} world.find
   * @param {number} world.most
   * @param {() => User[]} [world.known] people to suggest before anything is typed
   * @param {() => void} [world.changed] somebody was picked or removed
   */
  constructor(root, { find, most, known = () => [], changed = () => {} }) {
    this.#root = root;
    this.#find = find;
    this.#most = most;
    this.#known = known;
    this.#changed = changed;
    this.#options = new KeyedList(
      part(root, "options"),
      () => cloneTemplate(root, "option"),
      drawOption,
    );
    this.#chips = new KeyedList(part(root, "picked"), () => cloneTemplate(root, "chip"), drawChip);
    const field = this.#field;
    field.addEventListener("input", () => this.#search());
    field.addEventListener("keydown", (event) => this.#key(event));
    part(root, "options").addEventListener("mousedown", (event) => event.preventDefault());
    part(root, "options").addEventListener("click", ({ target }) => this.#click(target));
    part(root, "picked").addEventListener("click", ({ target }) => this.#unpick(target));
    root.addEventListener("click", ({ target }) => {
      if (target === part(root, "box")) field.focus();
    });
  }

  get #field() {
    return /** @type {HTMLInputElement} */ (part(this.#root, "query"));
  }

  /** @returns {User[]} in the order in which they were picked */
  get people() {
    return [...this.#picked.values()];
  }

  /** Whether something was typed that isn't a picked person. */
  get isTyping() {
    return this.#field.value.trim() !== "";
  }

  /** @param {User[]} [people] who are picked at first */
  reset(people = []) {
    this.#stop();
    this.#picked = new Map(people.map((person) => [person.id, person]));
    this.#found.clear();
    this.#field.value = "";
    this.#draw();
  }

  focus() {
    this.#field.focus();
  }

  #stop() {
    clearTimeout(this.#pause);
    this.#asked.abort();
  }

  #search() {
    this.#stop();
    this.#draw();
    const query = this.#field.value.trim();
    if (!query) return;
    this.#asked = new AbortController();
    const { signal } = this.#asked;
    this.#pause = setTimeout(async () => {
      try {
        for (const person of await this.#find(query, signal)) this.#found.set(person.id, person);
      } catch {
        return; // those who are known are still suggested
      }
      if (!signal.aborted) this.#draw(this.#at > 0 ? this.#shown[this.#at]?.id : undefined);
    }, TYPING_PAUSE_MS);
  }

  /** @param {number} [chosen] who stays chosen, wherever they have moved to */
  #draw(chosen) {
    const query = this.#field.value.trim();
    this.#shown = this.#isFull ? [] : this.#suggestions(query);
    this.#options.draw(this.#shown.map(keyed));
    this.#chips.draw(this.people.map(keyed));
    const at = this.#shown.findIndex(({ id }) => id === chosen);
    this.#choose(at >= 0 ? at : query && this.#shown.length > 0 ? 0 : -1);
    this.#field.setAttribute("aria-expanded", String(this.#shown.length > 0));
    part(this.#root, "options").hidden = this.#shown.length === 0;
    part(this.#root, "nobody").hidden = !query || this.#shown.length > 0 || this.#isFull;
    const full = gettext("You can't pick more than %(most)s people.", { most: this.#most });
    const found = ngettext("%(count)s suggestion", "%(count)s suggestions", this.#shown.length);
    if (query) setText(part(this.#root, "found"), this.#isFull ? full : found);
  }

  get #isFull() {
    return this.#picked.size >= this.#most;
  }

  /** @param {string} query @returns {Found[]} */
  #suggestions(query) {
    const all = new Map(
      [...this.#known(), ...this.#found.values()].map((person) => [person.id, person]),
    );
    const others = [...all.values()].filter(
      ({ id, active }) => !this.#picked.has(id) && active !== false,
    );
    return rankedPeople(others, query).slice(0, SHOWN);
  }

  /** @param {number} at */
  #choose(at) {
    this.#at = at;
    const list = part(this.#root, "options");
    for (const [n, option] of [...list.children].entries()) {
      option.id = `${list.id}-${n}`;
      option.setAttribute("aria-selected", String(n === at));
    }
    list.children[at]?.scrollIntoView({ block: "nearest" });
    if (at < 0) this.#field.removeAttribute("aria-activedescendant");
    else this.#field.setAttribute("aria-activedescendant", `${list.id}-${at}`);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { key, ctrlKey, metaKey, altKey } = event;
    if (isComposing(event) || ctrlKey || metaKey || altKey) return;
    const { length } = this.#shown;
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (step && length > 0) {
      const from = this.#at < 0 && step < 0 ? 0 : this.#at;
      this.#choose((from + step + length) % length);
    } else if (key === "Enter" && this.#at >= 0) this.#pick(this.#shown[this.#at]);
    else if (key === "Enter" && this.isTyping) return event.preventDefault();
    else if (key === "Backspace" && this.#field.value === "") this.#remove(this.people.at(-1));
    else return;
    event.preventDefault();
  }

  /** @param {EventTarget | null} target */
  #click(target) {
    const option = /** @type {Element} */ (target).closest('[role="option"]');
    if (!option) return;
    this.#pick(this.#shown[[...part(this.#root, "options").children].indexOf(option)]);
    this.focus();
  }

  /** @param {EventTarget | null} target */
  #unpick(target) {
    const chip = /** @type {Element} */ (target).closest("[data-part=remove]")?.closest("li");
    const { people } = this;
    if (chip) this.#remove(people[[...part(this.#root, "picked").children].indexOf(chip)]);
  }

  /** @param {Found} person */
  #pick(person) {
    if (person.note) return;
    this.#stop();
    this.#picked.set(person.id, person);
    this.#field.value = "";
    this.#draw();
    this.#tell(gettext("%(name)s picked", { name: displayName(person.name) }));
  }

  /** @param {User | undefined} person */
  #remove(person) {
    if (!person) return;
    this.#picked.delete(person.id);
    this.#draw();
    this.focus();
    this.#tell(gettext("%(name)s removed", { name: displayName(person.name) }));
  }

  /** @param {string} words */
  #tell(words) {
    setText(part(this.#root, "found"), words);
    this.#changed();
  }
}

/** @param {Found} person @returns {Row} */
const keyed = (person) => ({ ...person, key: String(person.id) });

/** @param {HTMLElement} node @param {Row} person */
function drawOption(node, person) {
  drawAvatar(part(node, "mark"), person);
  setText(part(node, "words"), displayName(person.name));
  setWhose(node, person.id);
  const { username, note } = person;
  setText(part(node, "hint"), note ? `@${username} · ${note}` : `@${username}`);
  node.setAttribute("aria-disabled", String(Boolean(note)));
}

/** @param {HTMLElement} node @param {Row} person */
function drawChip(node, person) {
  drawAvatar(part(node, "avatar"), person);
  setText(part(node, "name"), displayName(person.name));
  const words = gettext("Remove %(name)s", { name: displayName(person.name) });
  part(node, "remove").setAttribute("aria-label", words);
}
