import { part, setText } from "../lib/dom.js";
import { formatNumber, gettext } from "../lib/gettext.js";
import { letterOf } from "../lib/keyboard.js";
import { refusal } from "../lib/labels.js";
import { say } from "../lib/toast.js";
import { isMac } from "../navigation/keys.js";

/** @typedef {import('../navigation/search.js').Search} Search */

const ABOVE = "dialog[open], :popover-open, [data-drawer]";

/** The line above a conversation to which a search led: on to its other hits, and back to the search. */
export class HitBar {
  #bar;
  #search;
  #room;
  #isAsking = false;
  #signal;

  /**
   * @param {HTMLElement} bar
   * @param {Search} search
   * @param {{session: {room: {slug: string}}, goTo: (number: number) => Promise<boolean>}} room that is shown
   * @param {AbortSignal} signal the room is left
   */
  constructor(bar, search, room, signal) {
    this.#bar = bar;
    this.#search = search;
    this.#room = room;
    this.#signal = signal;
    bar.addEventListener("click", ({ target }) => this.#click(target));
    // A focused message would take Esc for itself, and the conversation after that.
    addEventListener("keydown", (event) => this.#key(event), { signal, capture: true });
    document.addEventListener("keydown", (event) => this.#escape(event), { signal });
    this.#draw();
  }

  #draw() {
    const { at, size } = this.#search.trail;
    const { count, hasMore } = size;
    const all = hasMore ? `${formatNumber(count)}+` : formatNumber(count);
    const words = gettext("%(number)s of %(count)s", {
      number: formatNumber(at + 1),
      count: all,
    });
    setText(part(this.#bar, "hit-words"), words);
    this.#enable("previous-hit", at > 0);
    this.#enable("next-hit", hasMore || at + 1 < count);
  }

  /** A disabled button would lose the focus. @param {string} name @param {boolean} isEnabled */
  #enable(name, isEnabled) {
    part(this.#bar, name).setAttribute("aria-disabled", String(!isEnabled));
  }

  /** @param {EventTarget | null} target */
  #click(target) {
    const does = /** @type {Element} */ (target).closest("button")?.dataset.part;
    if (does === "previous-hit") this.#go(-1);
    if (does === "next-hit") this.#go(1);
    if (does === "to-results") this.#search.leave();
    if (does === "end-hits") this.#end();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (this.#bar.hidden || event.isComposing || event.altKey) return;
    const isMod = isMac() ? event.metaKey : event.ctrlKey;
    const isStep = event.key === "F3" || (isMod && letterOf(event) === "g");
    const target = event.target instanceof Element ? event.target : null;
    if (isStep) {
      event.preventDefault();
      this.#go(event.shiftKey ? -1 : 1);
    } else if (target?.matches('article.message, [data-part="hit-bar"] button'))
      this.#escape(event);
  }

  /** @param {KeyboardEvent} event */
  #escape(event) {
    const isOver = this.#bar.hidden || document.querySelector(ABOVE) !== null;
    if (event.key !== "Escape" || event.shiftKey || event.isComposing || isOver) return;
    if (event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    this.#search.leave();
  }

  /** @param {1 | -1} step */
  async #go(step) {
    const { trail } = this.#search;
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      if (!(await trail.go(step))) return say(gettext("No more results."));
      if (this.#signal.aborted || !trail.hit) return;
      if (trail.hit.room !== this.#room.session.room.slug) return await this.#search.follow();
      this.#search.arrive();
      this.#draw();
      await this.#room.goTo(trail.hit.number);
    } catch (error) {
      say(refusal(/** @type {any} */ (error)));
    } finally {
      this.#isAsking = false;
    }
  }

  #end() {
    this.#search.trail.end();
    this.#bar.hidden = true;
    document.getElementById("main")?.focus({ preventScroll: true });
  }
}
