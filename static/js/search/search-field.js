import { cloneTemplate, drawAvatar, part, setText } from "../lib/dom.js";
import { keepFocus } from "../lib/focus.js";
import { gettext, ngettext } from "../lib/gettext.js";
import { isComposing, TYPING_PAUSE_MS } from "../lib/keyboard.js";
import { KeyedList } from "../lib/keyed.js";
import { filterWords } from "./filters.js";
import { openFilter, queryOf, takeFilters, written } from "./query.js";

/** @typedef {import('./query.js').Filter} Filter */
/** @typedef {import('./filters.js').Choice} Choice */
/** @typedef {Filter & {key: string}} Chip */

/**
 * The field of a search. A filter that was typed or chosen becomes a chip before the text;
 * Backspace at the beginning of the text removes the last one. While a filter is typed, what it can
 * be set to is listed below.
 */
export class SearchField {
  /** @type {Filter[]} */ #filters = [];
  /** @type {Choice[]} */ #choices = [];
  /** @type {KeyedList<Chip>} */ #chips;
  /** @type {KeyedList<Choice>} */ #options;
  /** @type {string | null} the filter for which the list was dismissed */ #dismissed = null;
  /** @type {any} */ #pause = null;
  #asked = new AbortController();
  #at = 0;
  #root;
  #input;
  #list;
  #known;
  #changed;

  /**
   * @param {HTMLElement} root
   * @param {import('./choices.js').Choices} known
   * @param {() => void} changed something else is to be searched for
   */
  constructor(root, known, changed) {
    this.#root = root;
    this.#known = known;
    this.#changed = changed;
    this.#input = /** @type {HTMLInputElement} */ (part(root, "query"));
    this.#list = part(root, "choices");
    this.#chips = new KeyedList(
      part(root, "chips"),
      () => cloneTemplate(root, "chip"),
      (node, chip) => this.#drawChip(node, chip),
    );
    this.#options = new KeyedList(this.#list, () => cloneTemplate(root, "choice"), drawChoice);
    this.#hear();
    this.query = this.#input.value;
  }

  #hear() {
    const input = this.#input;
    input.addEventListener("input", (event) => this.#typed(/** @type {InputEvent} */ (event)));
    input.addEventListener("compositionend", () => this.#look());
    for (const type of ["keyup", "pointerup", "focus"])
      input.addEventListener(type, () => this.#look());
    input.addEventListener("blur", () => this.#close());
    input.addEventListener("keydown", (event) => this.#key(event));
    this.#list.addEventListener("mousedown", (event) => event.preventDefault());
    this.#list.addEventListener("click", ({ target }) => this.#click(target));
    part(this.#root, "chips").addEventListener("click", ({ target }) => this.#unchip(target));
    part(this.#root, "box").addEventListener("click", ({ target }) => {
      if (target === part(this.#root, "box")) this.focus();
    });
    part(this.#root, "adders").addEventListener("click", ({ target }) => this.#begin(target));
    const day = /** @type {HTMLInputElement} */ (part(this.#root, "day"));
    day.addEventListener("change", () => this.#pickedDay(day.value));
  }

  /** What is searched for, without a filter that is still being typed. */
  get query() {
    const { value, selectionEnd } = this.#input;
    const isTyping = document.activeElement === this.#input;
    return queryOf(this.#filters, value, isTyping ? (selectionEnd ?? -1) : -1);
  }

  set query(query) {
    const { filters, text } = takeFilters(query);
    this.#filters = filters;
    const trimmed = text.trim();
    if (this.#input.value !== trimmed) this.#input.value = trimmed;
    this.#draw();
  }

  /** @returns {readonly Filter[]} */
  get filters() {
    return this.#filters;
  }

  /** What was typed besides filters. */
  get text() {
    const { value, selectionEnd } = this.#input;
    return queryOf([], value, selectionEnd ?? -1);
  }

  get isEmpty() {
    return this.#filters.length === 0 && !this.#input.value.trim();
  }

  get isListOpen() {
    return this.#choices.length > 0;
  }

  get hasFocus() {
    return document.activeElement === this.#input;
  }

  /** The whole text is selected, so that typing begins anew. @param {{selects?: boolean}} [how] */
  focus({ selects = false } = {}) {
    this.#input.focus({ preventScroll: true });
    if (selects) this.#input.select();
  }

  /** @param {Filter} filter */
  add(filter) {
    const others = this.#filters.filter((other) => written(other) !== written(filter));
    this.#filters = [...others, filter];
    this.#draw();
    this.#changed();
  }

  /** What is typed at last is finished, too. */
  finish() {
    this.#take(-1);
    this.#close();
  }

  /** A person or a room has a name now. */
  redraw() {
    this.#draw();
  }

  // Typing

  /** @param {InputEvent} event */
  #typed(event) {
    if (event.isComposing) return this.#changed();
    this.#take(this.#input.selectionEnd ?? -1);
    this.#look();
    this.#changed();
  }

  /** Turn filters into chips. @param {number} caret */
  #take(caret) {
    const { filters, text, caret: at } = takeFilters(this.#input.value, caret);
    if (filters.length === 0) return;
    const known = new Map([...this.#filters, ...filters].map((one) => [written(one), one]));
    this.#filters = [...known.values()];
    this.#input.value = text;
    if (caret >= 0) this.#input.setSelectionRange(at, at);
    this.#draw();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
    if (isComposing(event) || altKey || ctrlKey || metaKey) return;
    const { length } = this.#choices;
    const steps = { ArrowDown: this.#at + 1, ArrowUp: this.#at - 1 };
    const to = steps[/** @type {keyof typeof steps} */ (key)];
    if (length > 0 && to !== undefined) this.#choose((to + length) % length);
    else if (length > 0 && !shiftKey && (key === "Enter" || key === "Tab")) this.#pick(this.#at);
    else if (length > 0 && key === "Escape") this.#dismiss();
    else if (key === "Backspace" && this.#isAtStart && this.#filters.length > 0) this.#removeLast();
    else return;
    event.preventDefault();
    event.stopPropagation(); // the same Esc would leave the search
  }

  get #isAtStart() {
    return this.#input.selectionStart === 0 && this.#input.selectionEnd === 0;
  }

  // Chips

  #removeLast() {
    const last = this.#filters.at(-1);
    if (last) this.#remove(last);
  }

  /** @param {Filter} filter */
  #remove(filter) {
    this.#filters = this.#filters.filter((other) => other !== filter);
    const words = filterWords(filter, (one) => this.#known.nameOf(one));
    setText(part(this.#root, "field-status"), gettext("Removed: %(words)s", { words }));
    keepFocus(part(this.#root, "chips"), () => this.#draw(), this.#input);
    this.#changed();
  }

  /** @param {EventTarget | null} target */
  #unchip(target) {
    const chip = /** @type {Element} */ (target).closest(".chip__remove")?.closest("li");
    const at = chip ? [...part(this.#root, "chips").children].indexOf(chip) : -1;
    if (at < 0) return;
    this.#remove(this.#filters[at]);
    this.focus();
  }

  #draw() {
    this.#chips.draw(this.#filters.map((filter) => ({ ...filter, key: written(filter) })));
    const placeholder = this.#filters.length > 0 ? "" : (this.#input.dataset.asks ?? "");
    this.#input.placeholder = placeholder;
  }

  /** @param {HTMLElement} node @param {Chip} chip */
  #drawChip(node, chip) {
    const words = filterWords(chip, (one) => this.#known.nameOf(one));
    setText(part(node, "name"), words);
    node.title = chip.key;
    part(node, "remove").setAttribute("aria-label", gettext("Remove filter: %(words)s", { words }));
  }

  // The list of what a filter can be set to

  get #open() {
    const { value, selectionStart, selectionEnd } = this.#input;
    const isCaret = selectionStart === selectionEnd && this.hasFocus;
    return isCaret ? openFilter(value, selectionEnd ?? 0) : null;
  }

  /** A filter is begun by its button. @param {EventTarget | null} target */
  #begin(target) {
    const button = /** @type {HTMLElement | null} */ (
      /** @type {Element} */ (target).closest("[data-adds]")
    );
    if (!button) return;
    const open = this.#open;
    const { value } = this.#input;
    const before = (open ? value.slice(0, open.start) : value).trimEnd();
    this.#input.value = `${before}${before ? " " : ""}${button.dataset.adds}:`;
    const end = this.#input.value.length;
    this.focus();
    this.#input.setSelectionRange(end, end);
    this.#dismissed = null;
    this.#look();
  }

  #look() {
    const open = this.#open;
    const typed = open && written(open);
    if (typed !== this.#dismissed) this.#dismissed = null;
    if (!open || this.#dismissed !== null) return this.#close();
    if (this.#list.dataset.for === typed && this.isListOpen) return;
    this.#list.dataset.for = typed ?? "";
    this.#drawChoices(0);
    this.#ask(open);
  }

  /** @param {Filter} filter */
  #ask(filter) {
    clearTimeout(this.#pause);
    this.#asked.abort();
    this.#asked = new AbortController();
    const { signal } = this.#asked;
    this.#pause = setTimeout(async () => {
      try {
        await this.#known.find(filter, signal);
      } catch {
        return; // what is known is still suggested
      }
      if (signal.aborted) return;
      const chosen = this.#at > 0 ? this.#choices[this.#at]?.key : undefined;
      this.#drawChoices(0);
      const at = this.#choices.findIndex(({ key }) => key === chosen);
      if (at > 0) this.#choose(at);
    }, TYPING_PAUSE_MS);
  }

  /** @param {number} at */
  #drawChoices(at) {
    const open = this.#open;
    this.#choices = open ? this.#known.of(open) : [];
    this.#options.draw(this.#choices);
    this.#list.hidden = !this.isListOpen;
    this.#input.setAttribute("aria-expanded", String(this.isListOpen));
    if (!this.isListOpen) return this.#input.removeAttribute("aria-activedescendant");
    this.#choose(at);
    const words = ngettext("%(count)s suggestion", "%(count)s suggestions", this.#choices.length);
    setText(part(this.#root, "field-status"), words);
  }

  /** @param {number} at */
  #choose(at) {
    this.#at = at;
    for (const [n, option] of [...this.#list.children].entries()) {
      option.id = `choice-${n}`;
      option.setAttribute("aria-selected", String(n === at));
    }
    this.#list.children[at]?.scrollIntoView({ block: "nearest" });
    this.#input.setAttribute("aria-activedescendant", `choice-${at}`);
  }

  /** @param {EventTarget | null} target */
  #click(target) {
    const option = /** @type {Element} */ (target).closest('[role="option"]');
    if (option) this.#pick([...this.#list.children].indexOf(option));
  }

  /** @param {number} at */
  #pick(at) {
    const choice = this.#choices[at];
    const open = this.#open;
    if (!choice || !open) return;
    if (choice.picksDay) return this.#askDay();
    this.#set(open, choice.value);
  }

  /** @param {NonNullable<ReturnType<typeof openFilter>>} open @param {string} value */
  #set({ name, negated, start, end }, value) {
    const { value: text } = this.#input;
    const before = text.slice(0, start);
    const after = text.slice(end).replace(/^\s+/, before.trim() ? " " : "");
    this.#input.value = before + after.trimStart();
    this.#input.setSelectionRange(before.length, before.length);
    this.#close();
    this.add({ name, value, negated });
  }

  /** The browser's own calendar. */
  #askDay() {
    const day = /** @type {HTMLInputElement} */ (part(this.#root, "day"));
    day.value = "";
    day.max = new Date().toISOString().slice(0, 10);
    day.showPicker();
  }

  /** @param {string} value */
  #pickedDay(value) {
    if (!value) return;
    this.focus();
    const open = this.#open;
    if (open) this.#set(open, value);
  }

  #dismiss() {
    const open = this.#open;
    this.#dismissed = open && written(open);
    this.#close();
  }

  #close() {
    clearTimeout(this.#pause);
    this.#asked.abort();
    this.#list.dataset.for = "";
    if (!this.isListOpen) return;
    this.#choices = [];
    this.#options.draw([]);
    this.#list.hidden = true;
    this.#input.setAttribute("aria-expanded", "false");
    this.#input.removeAttribute("aria-activedescendant");
  }
}

/** @param {HTMLElement} node @param {Choice} choice */
function drawChoice(node, { name, hint = "", mark = "", person }) {
  const before = part(node, "mark");
  if (person) drawAvatar(before, person);
  else setText(before, mark);
  setText(part(node, "words"), name);
  setText(part(node, "hint"), hint);
}
