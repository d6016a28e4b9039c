import { part, setText, touch } from "../lib/dom.js";
import { define } from "../lib/elements.js";
import { gettext, isRightToLeft, ngettext } from "../lib/gettext.js";
import { placeBeside } from "../lib/placing.js";
import { local } from "../lib/storage.js";
import { allCustomEmoji, loadCustomEmoji, mayAddEmoji, showEmoji } from "./custom-emoji.js";
import { allEmoji, CUSTOM, customTable, found, GROUPS, toned } from "./emoji.js";
import { COLUMNS, sectionOf, tabOf } from "./emoji-panel.js";
import { EmojiPreferences } from "./emoji-preferences.js";
import { moved } from "./grid.js";

/** @typedef {import('./emoji.js').Emoji} Emoji */

const TONES = ["", "🏻", "🏼", "🏽", "🏾", "🏿"];
const TONE_NAMES = [
  gettext("yellow"),
  gettext("light"),
  gettext("medium-light"),
  gettext("medium"),
  gettext("medium-dark"),
  gettext("dark"),
];
/** @type {Record<string, string>} in right-to-left pages */
const MIRRORED = { ArrowLeft: "ArrowRight", ArrowRight: "ArrowLeft" };

/** The emoji picker: search, groups, and a choice of skin tone. */
export class ChatEmoji extends HTMLElement {
  /** @type {Emoji[]} */ #table = [];
  /** @type {Map<string, string>} */ #names = new Map();
  /** @type {EmojiPreferences} */ #preferences;
  /** @type {(emoji: string | null) => void} */ #answer = () => {};
  /** @type {HTMLElement | null} */ #anchor = null;
  #isWired = false;
  #isDismissed = false;
  #beganBeside = false;

  connectedCallback() {
    if (this.#isWired) return; // it was moved
    this.#isWired = true;
    this.#search.addEventListener("input", () => this.#drawFound());
    this.#sections.addEventListener("click", ({ target }) => this.#click(target));
    this.#sections.addEventListener("scroll", () => this.#markGroup(), { passive: true });
    for (const type of ["focusin", "pointerover"])
      this.#sections.addEventListener(type, ({ target }) => this.#preview(target));
    this.#panel.addEventListener("keydown", (event) => this.#key(event));
    this.#panel.addEventListener("toggle", (event) => {
      if (/** @type {ToggleEvent} */ (event).newState === "closed") this.#closed();
    });
    this.#tones.addEventListener("change", () => {
      this.#preferences.tone = Number(this.#tones.value);
      this.#drawGroups();
      this.#drawFound();
    });
    part(this, "groups").addEventListener("click", ({ target }) => {
      const button = /** @type {Element} */ (target).closest("button");
      if (button) this.#goTo(button.value);
    });
    part(this, "close").addEventListener("click", () => this.#panel.hidePopover());
    for (const type of ["pointerdown", "pointerup"])
      document.addEventListener(type, (event) => this.#press(event), { capture: true });
    for (const [tone, mark] of TONES.entries()) {
      const option = new Option(`✋${mark}`, String(tone));
      option.ariaLabel = TONE_NAMES[tone];
      this.#tones.append(option);
    }
  }

  /**
   * @param {HTMLElement} anchor
   * @param {{id: number}} me
   * @returns {Promise<string | null>} null: closed without a choice. Rejects if the emoji can't be
   *   loaded.
   */
  async open(anchor, me) {
    const isDismissed = this.#isDismissed;
    this.#isDismissed = false;
    if (isDismissed) return null;
    const [table] = await Promise.all([allEmoji(this.dataset.table ?? ""), loadCustomEmoji()]);
    this.#anchor = anchor;
    this.#preferences = new EmojiPreferences({ user: me.id, storage: local });
    this.#search.value = "";
    this.#tones.value = String(this.#preferences.tone);
    this.#learn([...customTable(allCustomEmoji()), ...table]);
    part(this, "add").hidden = !mayAddEmoji();
    this.#drawGroups();
    this.#drawFound();
    this.#panel.showPopover();
    placeBeside(this.#panel, anchor);
    this.#sections.scrollTop = 0;
    this.#markGroup();
    // On touch screens the keyboard would cover half of the picker.
    if (!touch.matches) this.#search.focus();
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  /**
   * A press outside the open picker closes it. The browser does that by itself, but on iOS only
   * from 18.3. A press on the picker's own button must not open it again.
   *
   * @param {Event} event
   */
  #press({ type, target }) {
    const at = /** @type {Node} */ (target);
    const isBeside = this.#panel.matches(":popover-open") && !this.#panel.contains(at);
    if (type === "pointerdown") {
      this.#beganBeside = isBeside;
      this.#isDismissed = isBeside && this.#anchor?.contains(at) === true;
    } else if (isBeside && this.#beganBeside) this.#panel.hidePopover();
  }

  get #panel() {
    return part(this, "panel");
  }

  get #sections() {
    return part(this, "sections");
  }

  get #search() {
    return /** @type {HTMLInputElement} */ (part(this, "search"));
  }

  get #tones() {
    return /** @type {HTMLSelectElement} */ (part(this, "tones"));
  }

  /** The visible ones, in order. */
  get #buttons() {
    const shown = this.#sections.querySelectorAll("section:not([hidden]) button");
    return /** @type {HTMLButtonElement[]} */ ([...shown]);
  }

  // Drawing

  /** @param {Emoji[]} table */
  #learn(table) {
    this.#table = table;
    this.#names.clear();
    for (const one of table) {
      const said = `${one.name} :${one.codes[0]}:`;
      for (const emoji of [one.emoji, ...one.tones]) this.#names.set(emoji, said);
    }
  }

  #drawGroups() {
    const { recent, tone } = this.#preferences;
    const custom = { group: CUSTOM, name: gettext("This site"), mark: "⭐" };
    const groups = [custom, ...GROUPS].map(({ group, name, mark }) => {
      const ones = this.#table.filter((one) => one.group === group);
      return { name, mark, emoji: ones.map((one) => toned(one, tone)) };
    });
    const known = recent.filter((emoji) => this.#names.has(emoji));
    const lately = { name: gettext("Recently used"), mark: "🕘", emoji: known };
    const shown = [lately, ...groups].filter((group) => group.emoji.length > 0);
    this.#sections.replaceChildren(...shown.map((group) => sectionOf(group, this.#names)));
    part(this, "groups").replaceChildren(...shown.map(tabOf));
  }

  #drawFound() {
    const query = this.#search.value;
    const { recent, tone } = this.#preferences;
    this.#sections.querySelector("[data-found]")?.remove();
    for (const section of this.#sections.querySelectorAll("section"))
      section.hidden = Boolean(query.trim());
    part(this, "groups").hidden = Boolean(query.trim());
    if (query.trim()) {
      const emoji = found(this.#table, query, { recent }).map((one) => toned(one, tone));
      const name = emoji.length ? gettext("Results") : gettext("No matches");
      const section = sectionOf({ name, emoji }, this.#names);
      section.dataset.found = "";
      this.#sections.append(section);
    }
    this.#sections.scrollTop = 0;
    this.#preview(this.#buttons[0] ?? null);
    const { length } = this.#buttons;
    const words = ngettext("%(count)s result", "%(count)s results", length);
    setText(part(this, "count"), query.trim() ? words : "");
  }

  /** Show the emoji that is pointed at or focused. @param {EventTarget | null} target */
  #preview(target) {
    const button = /** @type {HTMLButtonElement | null | undefined} */ (
      /** @type {Element | null} */ (target)?.closest?.("button")
    );
    showEmoji(part(this, "preview"), button?.value ?? "");
    setText(part(this, "name"), this.#names.get(button?.value ?? "") ?? "");
  }

  #markGroup() {
    const top = this.#sections.scrollTop + 1;
    const sections = [...this.#sections.querySelectorAll("section")];
    const current = sections.findLast((section) => section.offsetTop <= top) ?? sections[0];
    for (const button of part(this, "groups").querySelectorAll("button"))
      button.ariaCurrent = String(button.value === current?.ariaLabel);
  }

  // Choosing

  /** @param {string} name */
  #goTo(name) {
    const sections = [...this.#sections.querySelectorAll("section")];
    sections.find(({ ariaLabel }) => ariaLabel === name)?.scrollIntoView();
  }

  /** @param {EventTarget | null} target */
  #click(target) {
    const emoji = /** @type {Element} */ (target).closest("button")?.value;
    if (emoji) this.#choose(emoji);
  }

  /** @param {string} emoji */
  #choose(emoji) {
    this.#preferences.use(emoji);
    const answer = this.#answer;
    this.#answer = () => {};
    this.#panel.hidePopover();
    answer(emoji);
  }

  #closed() {
    this.#answer(null);
    this.#answer = () => {};
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { key, target, isComposing, ctrlKey, metaKey, altKey } = event;
    if (isComposing || ctrlKey || metaKey || altKey) return;
    // Keys typed here aren't shortcuts of the page below.
    event.stopPropagation();
    if (target === this.#search) return this.#searchKey(event);
    const at = this.#buttons.indexOf(/** @type {HTMLButtonElement} */ (target));
    if (at < 0) return;
    if (key.length === 1 && key !== " ") return this.#search.focus(); // which then receives the key
    const to = moved(this.#sizes, at, isRightToLeft ? (MIRRORED[key] ?? key) : key, this.#columns);
    if (to === null) return;
    event.preventDefault();
    if (to < 0) this.#search.focus();
    else this.#buttons[to]?.focus();
  }

  /** @param {KeyboardEvent} event */
  #searchKey(event) {
    const [first] = this.#buttons;
    if (!first || (event.key !== "ArrowDown" && event.key !== "Enter")) return;
    event.preventDefault();
    if (event.key === "ArrowDown") first.focus();
    else if (this.#search.value.trim()) this.#choose(first.value);
  }

  get #sizes() {
    const sections = [...this.#sections.querySelectorAll("section:not([hidden])")];
    return sections.map((section) => section.querySelectorAll("button").length);
  }

  get #columns() {
    const grid = this.#sections.querySelector("section:not([hidden]) .emoji__grid");
    return grid ? getComputedStyle(grid).gridTemplateColumns.split(" ").length : COLUMNS;
  }
}

define("chat-emoji", ChatEmoji);
