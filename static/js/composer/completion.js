import { showEmoji } from "../emoji/custom-emoji.js";
import { emojiAddress } from "../emoji/emoji-button.js";
import { EmojiPreferences } from "../emoji/emoji-preferences.js";
import { codeAtEnd } from "../emoji/shortcodes.js";
import { isInCode } from "../lib/code.js";
import { cloneTemplate, drawAvatar, part, setText, touch } from "../lib/dom.js";
import { replaceText } from "../lib/field.js";
import { ngettext } from "../lib/gettext.js";
import { isComposing, TYPING_PAUSE_MS } from "../lib/keyboard.js";
import { KeyedList } from "../lib/keyed.js";
import { local } from "../lib/storage.js";
import { Completions } from "./completions.js";
import { People } from "./people.js";
import { triggerAt } from "./trigger.js";

/** @typedef {import('../lib/suggestions.js').Suggestion} Suggestion */
/** @typedef {import('./trigger.js').Trigger} Trigger */

const GAP = 6; // pixels between the list and the field
const LOW = 160; // pixels in which a list is of no use

/** The list above a field that offers completions for the word being typed. */
export class Completion {
  /** @type {Trigger | null} */ #trigger = null;
  /** @type {Suggestion[]} */ #shown = [];
  /** @type {KeyedList<Suggestion>} */ #rows;
  /** @type {number | null} start of the word for which the list was dismissed */ #dismissed = null;
  /** @type {any} */ #pause = null;
  #asked = new AbortController();
  #at = 0;
  #field;
  #list;
  #status;
  #frame;
  #completions;

  /**
   * @param {HTMLElement} within
   * @param {HTMLTextAreaElement} field
   * @param {import('./completions.js').Completions} completions
   */
  constructor(within, field, completions) {
    this.#field = field;
    this.#completions = completions;
    this.#frame = part(within, "form");
    this.#list = part(within, "completion");
    this.#status = part(within, "completion-status");
    this.#rows = new KeyedList(this.#list, () => cloneTemplate(within, "suggestion"), draw);
    field.addEventListener("input", (event) => this.#input(/** @type {InputEvent} */ (event)));
    field.addEventListener("compositionend", () => this.#look());
    for (const type of ["keyup", "pointerup"]) field.addEventListener(type, () => this.#moved());
    field.addEventListener("blur", () => this.close());
    this.#list.addEventListener("click", ({ target }) => this.#click(target));
    // The field keeps the focus, and announces the option that it points at.
    this.#list.addEventListener("mousedown", (event) => event.preventDefault());
    // The word was begun before this module was loaded.
    this.#look();
  }

  get isOpen() {
    return this.#shown.length > 0;
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether the list used the key */
  key(event) {
    const { key, shiftKey, ctrlKey, altKey, metaKey } = event;
    if (!this.isOpen || isComposing(event) || shiftKey || ctrlKey || altKey || metaKey)
      return false;
    const { length } = this.#shown;
    const steps = { ArrowDown: this.#at + 1, ArrowUp: this.#at - 1 };
    const to = steps[/** @type {keyof typeof steps} */ (key)];
    if (to !== undefined) this.#choose((to + length) % length);
    else if (key === "Enter" || key === "Tab") this.#take(this.#shown[this.#at]);
    else if (key === "Escape") this.#dismiss();
    else return false;
    event.preventDefault();
    // The same Esc would close a drawer.
    event.stopPropagation();
    return true;
  }

  close() {
    clearTimeout(this.#pause);
    this.#asked.abort();
    this.#trigger = null;
    if (!this.isOpen) return;
    this.#shown = [];
    this.#list.hidePopover();
    removeEventListener("resize", this.#moves);
    removeEventListener("scroll", this.#moves, { capture: true });
    this.#field.removeAttribute("aria-activedescendant");
    setText(this.#status, "");
  }

  /** @param {InputEvent} event */
  #input(event) {
    // An input method shows a list of its own. On touch screens most words are composed, and the
    // list takes none of their keys.
    if (event.isComposing && !touch.matches) return this.close();
    // Some touch keyboards insert the whole word again.
    if (event.data?.endsWith(":")) this.#endCode();
    this.#look();
  }

  #look() {
    const trigger = this.#here();
    if (trigger?.start !== this.#dismissed) this.#dismissed = null;
    if (!trigger || this.#dismissed !== null) return this.close();
    this.#trigger = trigger;
    this.#at = 0;
    this.#draw();
    this.#ask(trigger);
  }

  #here() {
    const { value, selectionStart, selectionEnd } = this.#field;
    return selectionStart === selectionEnd ? triggerAt(value, selectionStart) : null;
  }

  /** The caret may have left the word. */
  #moved() {
    if (this.#trigger && this.#here()?.start !== this.#trigger.start) this.close();
  }

  #dismiss() {
    this.#dismissed = this.#trigger?.start ?? null;
    this.close();
  }

  /** @param {Trigger} trigger */
  async #ask(trigger) {
    clearTimeout(this.#pause);
    this.#asked.abort();
    this.#asked = new AbortController();
    const { signal } = this.#asked;
    await this.#completions.prepare(trigger.sign);
    if (signal.aborted) return;
    this.#redraw();
    if (trigger.sign === ":") return;
    this.#pause = setTimeout(async () => {
      await this.#completions.learn(trigger, signal);
      if (!signal.aborted) this.#redraw();
    }, TYPING_PAUSE_MS);
  }

  /** More is known now. A choice that was already made stays, wherever it has moved to. */
  #redraw() {
    const chosen = this.#at > 0 ? this.#shown[this.#at]?.key : undefined;
    this.#draw();
    const at = this.#shown.findIndex(({ key }) => key === chosen);
    if (at > 0) this.#choose(at);
  }

  #draw() {
    const trigger = this.#trigger;
    const suggestions = trigger ? this.#completions.of(trigger) : [];
    if (!trigger || suggestions.length === 0) {
      this.close();
      this.#trigger = trigger; // more may be known about it in a moment
      return;
    }
    this.#shown = suggestions;
    this.#rows.draw(suggestions);
    this.#place();
    this.#choose(Math.min(this.#at, suggestions.length - 1));
    setText(
      this.#status,
      ngettext("%(count)s suggestion", "%(count)s suggestions", suggestions.length),
    );
  }

  /** Above the field and over everything that scrolls, or below it if there is no room above. */
  #place() {
    const { left, top, bottom, width } = this.#frame.getBoundingClientRect();
    const under = innerHeight - bottom;
    const isBelow = top < LOW && under > top;
    const { style } = this.#list;
    this.#list.classList.toggle("completion--below", isBelow);
    style.left = `${left}px`;
    style.width = `${width}px`;
    style.top = `${isBelow ? bottom + GAP : top - GAP}px`;
    style.maxHeight = `${(isBelow ? under : top) - 2 * GAP}px`;
    if (this.#list.matches(":popover-open")) return;
    this.#list.showPopover();
    addEventListener("resize", this.#moves);
    addEventListener("scroll", this.#moves, { capture: true, passive: true });
  }

  #moves = () => this.#place();

  /** @param {number} at */
  #choose(at) {
    this.#at = at;
    for (const [n, option] of [...this.#list.children].entries()) {
      option.id = `${this.#list.id}-${n}`;
      option.setAttribute("aria-selected", String(n === at));
    }
    this.#list.children[at]?.scrollIntoView({ block: "nearest" });
    this.#field.setAttribute("aria-activedescendant", `${this.#list.id}-${at}`);
  }

  /** @param {EventTarget | null} target */
  #click(target) {
    const option = /** @type {Element} */ (target).closest('[role="option"]');
    if (option) this.#take(this.#shown[[...this.#list.children].indexOf(option)]);
  }

  /** @param {Suggestion} suggestion */
  #take(suggestion) {
    const trigger = this.#trigger;
    this.close();
    if (!trigger) return;
    this.#completions.take(suggestion);
    // The word may have grown while the choice was made.
    const end = Math.max(trigger.end, this.#field.selectionEnd);
    replaceText(this.#field, trigger.start, end, suggestion.text);
  }

  /**
   * Replace the shortcodes that were completed before this module was loaded.
   *
   * @param {number[]} ends where they end
   */
  async endCodes(ends) {
    for (const end of ends.reverse()) await this.#endCode(end);
  }

  /** Replace a shortcode that was just completed with its emoji. @param {number} [end] */
  async #endCode(end = this.#field.selectionEnd) {
    const { value } = this.#field;
    const code = codeAtEnd(value.slice(0, end));
    if (!code || isInCode(value, end)) return;
    await this.#completions.prepare(":");
    const emoji = this.#completions.emojiCoded(code.slice(1, -1));
    const start = end - code.length;
    // It may have been sent or changed meanwhile. Typing on doesn't change the intent.
    if (!emoji || !this.#field.value.startsWith(code, start)) return;
    const caret = this.#field.selectionEnd;
    replaceText(this.#field, start, end, emoji);
    const moved = caret - (caret >= end ? code.length - emoji.length : 0);
    this.#field.setSelectionRange(moved, moved);
  }
}

/**
 * @param {HTMLElement} within
 * @param {HTMLTextAreaElement} field
 * @param {object} world
 * @param {import('../room/session.js').RoomSession} world.session
 * @param {import('../navigation/destinations.js').Destinations} world.destinations
 * @param {Record<string, string>} world.urls
 */
export function completionOf(within, field, { session, destinations, urls }) {
  const people = new People({ session, urls });
  const preferences = new EmojiPreferences({ user: session.me.id, storage: local });
  const address = emojiAddress();
  return new Completion(
    within,
    field,
    new Completions({ people, destinations, preferences, address }),
  );
}

/** @param {HTMLElement} node @param {Suggestion} suggestion */
function draw(node, { name, hint = "", mark = "", emoji, person }) {
  const before = part(node, "mark");
  if (person) drawAvatar(before, person);
  else if (emoji) showEmoji(before, emoji);
  else setText(before, mark);
  setText(part(node, "words"), name);
  setText(part(node, "hint"), hint);
}
