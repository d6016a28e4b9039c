import { isShown } from "../lib/dom.js";
import { TYPING_PAUSE_MS } from "../lib/keyboard.js";
import { HitTrail } from "./hit-trail.js";

/** @typedef {import('./visits.js').Visits} Visits */

/**
 * The ways into a search and out of it. What is typed in the sidebar goes on in the field of the
 * search's page, as soon as that is there.
 */
export class Search {
  /** The room in which the search began. @type {string | null} */ origin = null;
  /** What was found last, for whoever comes back. @type {any} */ results = null;
  trail;
  #address;
  #field;
  #visits;
  #here;
  #isComposing = false;
  /** The page is on its way: asking again for each letter would put it off. */ #isComing = false;
  /** @type {any} */ #pause = null;

  /**
   * @param {object} world
   * @param {string} world.address of the search's page
   * @param {HTMLFormElement | null} world.form in the sidebar
   * @param {() => Visits} world.visits
   * @param {() => string | null} world.here the room that is shown
   * @param {(room: string) => string} world.addressOf
   */
  constructor({ address, form, visits, here, addressOf }) {
    this.#address = address;
    this.#visits = visits;
    this.#here = here;
    this.trail = new HitTrail(addressOf);
    this.#field = form?.querySelector("input") ?? null;
    form?.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#go();
    });
    this.#field?.addEventListener("pointerup", () => this.#go());
    this.#field?.addEventListener("input", () => {
      clearTimeout(this.#pause);
      this.#pause = setTimeout(() => this.#go(), TYPING_PAUSE_MS);
    });
    this.#field?.addEventListener("compositionstart", () => {
      this.#isComposing = true;
    });
    this.#field?.addEventListener("compositionend", () => {
      this.#isComposing = false;
      this.handOver(document);
    });
  }

  /** Open the search, or go to its field. @param {string} [query] to begin with */
  open(query = "") {
    const field = this.#fieldIn(document);
    if (field && !query) {
      field.focus({ preventScroll: true });
      return field.select();
    }
    // What is typed until the page is there goes here.
    if (this.#field && isShown(this.#field)) this.#field.focus({ preventScroll: true });
    this.#go(query);
  }

  /** Search in the room that is shown. */
  openHere() {
    const room = this.#here();
    this.open(room ? `in:${room} ` : "");
  }

  /** @param {string} [query] to begin with */
  #go(query = "") {
    clearTimeout(this.#pause);
    if (this.#isComing) return;
    if (!query && this.handOver(document)) return;
    this.origin = this.#here();
    const asked = query ? `?${new URLSearchParams({ q: query })}` : "";
    this.#isComing = true;
    this.#visits()
      .visit(this.#address + asked)
      .finally(() => {
        this.#isComing = false;
      });
  }

  /**
   * Go on typing in the field of the page, if it is the search's.
   *
   * @param {ParentNode} page
   * @returns {boolean} whether it is
   */
  handOver(page) {
    const goal = this.#fieldIn(page);
    const field = this.#field;
    if (!goal) return false;
    if (this.#isComposing) return true; // the end of it hands over
    const typed = field?.value ?? "";
    if (field) field.value = "";
    goal.focus({ preventScroll: true });
    goal.value = [goal.value.trimEnd(), typed].filter(Boolean).join(" ");
    goal.setSelectionRange(goal.value.length, goal.value.length);
    if (typed) goal.dispatchEvent(new InputEvent("input", { bubbles: true }));
    return true;
  }

  /** @param {ParentNode} page @returns {HTMLInputElement | null} */
  #fieldIn(page) {
    return page.querySelector('[data-search] [data-part="query"]');
  }

  // On the search's page

  /** The page is about another search now. @param {Record<string, string>} asked */
  rename(asked) {
    const query = String(new URLSearchParams(asked));
    this.#visits().rename(this.#address + (query ? `?${query}` : ""));
  }

  /** Back to where the search began, or from a hit to the results. */
  leave() {
    if (this.#visits().hasBefore) history.back();
  }

  /** The room already shows the hit that the trail has come to. */
  arrive() {
    const { hit } = this.trail;
    if (hit) this.#visits().rename(hit.address);
  }

  /** Show the hit that the trail has come to, in place of the one before. */
  follow() {
    const { hit } = this.trail;
    if (hit) return this.#visits().visit(hit.address, { replaces: true });
  }
}
