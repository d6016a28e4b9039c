import { allEmoji, found, GROUPS, toned } from "../emoji.js";
import { moved } from "../grid.js";
import { Habits } from "../habits.js";
import { part, setText, touch } from "../lib/dom.js";
import { define } from "../lib/elements.js";
import { gettext, isRightToLeft, ngettext } from "../lib/gettext.js";
import { local } from "../lib/storage.js";

/** @typedef {import('../emoji.js').Emoji} Emoji */

const TONES = ["", "🏻", "🏼", "🏽", "🏾", "🏿"];
const TONE_NAMES = [
  gettext("yellow"),
  gettext("light"),
  gettext("medium-light"),
  gettext("medium"),
  gettext("medium-dark"),
  gettext("dark"),
];
const CELL = 36; // pixels, as in css/emoji.css
const COLUMNS = 8; // likewise; a narrow screen may have more
/** @type {Record<string, string>} where the rows begin at the right */
const MIRRORED = { ArrowLeft: "ArrowRight", ArrowRight: "ArrowLeft" };
const GAP = 6; // pixels between the picker and its button

/** Every emoji: to search, to go through by groups, in the colour of skin that one has chosen. */
export class ChatEmoji extends HTMLElement {
  /** @type {Emoji[]} */ #table = [];
  /** @type {Map<string, string>} */ #names = new Map();
  /** @type {Habits} */ #habits;
  /** @type {(emoji: string | null) => void} */ #answer = () => {};
  /** @type {HTMLElement | null} */ #anchor = null;
  #isDismissed = false;
  #beganBeside = false;

  connectedCallback() {
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
      this.#habits.tone = Number(this.#tones.value);
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
   * @returns {Promise<string | null>} null: closed without a choice. Rejects when there is nothing to show.
   */
  async open(anchor, me) {
    const isDismissed = this.#isDismissed;
    this.#isDismissed = false;
    if (isDismissed) return null;
    const table = await allEmoji(this.dataset.table ?? "");
    this.#anchor = anchor;
    this.#habits = new Habits({ user: me.id, storage: local });
    this.#search.value = "";
    this.#tones.value = String(this.#habits.tone);
    if (table !== this.#table) this.#learn(table);
    this.#drawGroups();
    this.#drawFound();
    this.#panel.showPopover();
    this.#place(anchor);
    this.#sections.scrollTop = 0;
    this.#markGroup();
    // On glass the keyboard would cover half of what there is to choose from.
    if (!touch.matches) this.#search.focus();
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  /**
   * A press beside the open picker closes it, which the browser does by itself, but on iOS from 18.3
   * on only. One on the picker's button is no wish to open it again.
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

  /** Those that can be seen, in their order. */
  get #buttons() {
    const shown = this.#sections.querySelectorAll("section:not([hidden]) button");
    return /** @type {HTMLButtonElement[]} */ ([...shown]);
  }

  // Drawing

  /** @param {Emoji[]} table */
  #learn(table) {
    this.#table = table;
    for (const one of table) {
      const said = `${one.name} :${one.codes[0]}:`;
      for (const emoji of [one.emoji, ...one.tones]) this.#names.set(emoji, said);
    }
  }

  #drawGroups() {
    const { recent, tone } = this.#habits;
    const groups = GROUPS.map(({ group, name, mark }) => {
      const ones = this.#table.filter((one) => one.group === group);
      return { name, mark, emoji: ones.map((one) => toned(one, tone)) };
    });
    const known = recent.filter((emoji) => this.#names.has(emoji));
    const lately = { name: gettext("Lately used"), mark: "🕘", emoji: known };
    const shown = known.length ? [lately, ...groups] : groups;
    this.#sections.replaceChildren(...shown.map((group) => this.#section(group)));
    part(this, "groups").replaceChildren(...shown.map(groupButton));
  }

  #drawFound() {
    const query = this.#search.value;
    const { recent, tone } = this.#habits;
    this.#sections.querySelector("[data-found]")?.remove();
    for (const section of this.#sections.querySelectorAll("section"))
      section.hidden = Boolean(query.trim());
    part(this, "groups").hidden = Boolean(query.trim());
    if (query.trim()) {
      const emoji = found(this.#table, query, { recent }).map((one) => toned(one, tone));
      const section = this.#section({
        name: emoji.length ? gettext("Found") : gettext("Nothing found"),
        emoji,
      });
      section.dataset.found = "";
      this.#sections.append(section);
    }
    this.#sections.scrollTop = 0;
    this.#preview(this.#buttons[0] ?? null);
    const { length } = this.#buttons;
    const words = ngettext("%(count)s result", "%(count)s results", length);
    setText(part(this, "count"), query.trim() ? words : "");
  }

  /** @param {{name: string, emoji: string[]}} group */
  #section({ name, emoji }) {
    const section = document.createElement("section");
    section.className = "emoji__group";
    section.ariaLabel = name;
    const rows = Math.ceil(emoji.length / COLUMNS);
    section.style.containIntrinsicBlockSize = `auto ${rows * CELL + 28}px`;
    const title = document.createElement("h3");
    title.className = "emoji__title";
    title.textContent = name;
    const grid = document.createElement("div");
    grid.className = "emoji__grid";
    grid.append(...emoji.map((one) => this.#button(one)));
    section.append(title, grid);
    return section;
  }

  /** @param {string} emoji */
  #button(emoji) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "emoji__one";
    button.tabIndex = -1;
    button.textContent = emoji;
    button.ariaLabel = (this.#names.get(emoji) ?? emoji).replace(/ :.*/, "");
    return button;
  }

  /** Of the one that is pointed at. @param {EventTarget | null} target */
  #preview(target) {
    const button = /** @type {Element | null} */ (target)?.closest?.("button");
    setText(part(this, "preview"), button?.textContent ?? "");
    setText(part(this, "name"), this.#names.get(button?.textContent ?? "") ?? "");
  }

  #markGroup() {
    const top = this.#sections.scrollTop + 1;
    const sections = [...this.#sections.querySelectorAll("section")];
    const current = sections.findLast((section) => section.offsetTop <= top) ?? sections[0];
    for (const button of part(this, "groups").querySelectorAll("button"))
      button.ariaCurrent = String(button.value === current?.ariaLabel);
  }

  /** Above the button where there is room, else below it. @param {HTMLElement} anchor */
  #place(anchor) {
    const { left, right, top, bottom } = anchor.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height, style } = this.#panel;
    const x = left + width < innerWidth ? left : right - width;
    const y = top > height + 2 * GAP ? top - height - GAP : bottom + GAP;
    style.setProperty("--left", `${Math.max(GAP, Math.min(x, innerWidth - width - GAP))}px`);
    style.setProperty("--top", `${Math.max(GAP, Math.min(y, innerHeight - height - GAP))}px`);
  }

  // Choosing

  /** @param {string} name */
  #goTo(name) {
    const sections = [...this.#sections.querySelectorAll("section")];
    sections.find(({ ariaLabel }) => ariaLabel === name)?.scrollIntoView();
  }

  /** @param {EventTarget | null} target */
  #click(target) {
    const emoji = /** @type {Element} */ (target).closest("button")?.textContent;
    if (emoji) this.#choose(emoji);
  }

  /** @param {string} emoji */
  #choose(emoji) {
    this.#habits.use(emoji);
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
    // What is typed here is no key of the page below.
    event.stopPropagation();
    if (target === this.#search) return this.#searchKey(event);
    const at = this.#buttons.indexOf(/** @type {HTMLButtonElement} */ (target));
    if (at < 0) return;
    if (key.length === 1 && key !== " ") return this.#search.focus(); // and the key follows
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
    else if (this.#search.value.trim()) this.#choose(first.textContent ?? "");
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

/** @param {{name: string, mark?: string}} group */
function groupButton({ name, mark = "" }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "emoji__tab";
  button.value = name;
  button.title = name;
  button.ariaLabel = name;
  button.textContent = mark;
  return button;
}

define("chat-emoji", ChatEmoji);
