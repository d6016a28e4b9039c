import { cloneTemplate, part, setText } from "../lib/dom.js";
import { gettext, ngettext } from "../lib/gettext.js";
import { KeyedList } from "../lib/keyed.js";
import { ranked } from "../ranking.js";

/** @typedef {import('../ranking.js').Goal} Goal */

const SHOWN = 30; // more is not looked through
const PAUSE_MS = 120; // between the last key and asking the server

/** Goes to a room or a person by a few letters of the name. */
export class ChatSwitcher extends HTMLElement {
  /** @type {import('../goals.js').Goals} */ #goals;
  /** @type {(goal: Goal) => void} */ #go;
  /** @type {() => string | null} */ #here;
  /** @type {KeyedList<Goal>} */ #list;
  /** @type {Goal[]} what the server has found so far */ #found = [];
  /** @type {Goal[]} */ #shown = [];
  /** @type {any} */ #pause = null;
  #asked = new AbortController();
  #at = 0;

  /**
   * @param {object} page
   * @param {import('../goals.js').Goals} page.goals
   * @param {(goal: Goal) => void} page.go
   * @param {() => string | null} page.here the key of the goal that is on the screen
   */
  attach({ goals, go, here }) {
    this.#goals = goals;
    this.#go = go;
    this.#here = here;
    this.#list = new KeyedList(part(this, "goals"), () => cloneTemplate(this, "goal"), drawGoal);
    this.#field.addEventListener("input", () => this.#search());
    this.#field.addEventListener("keydown", (event) => this.#key(event));
    part(this, "goals").addEventListener("click", ({ target }) => this.#click(target));
    // The field keeps the focus: what it announces is the option that it points at.
    part(this, "goals").addEventListener("mousedown", (event) => event.preventDefault());
    this.#dialog.addEventListener("close", () => this.#closed());
    this.#dialog.addEventListener("click", ({ target }) => {
      if (target === this.#dialog) this.#dialog.close(); // beside it
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
      const found = await this.#goals.search(query, signal);
      if (signal.aborted) return;
      const chosen = this.#shown[this.#at]?.key;
      this.#found = found;
      // Whoever has chosen something already keeps it, wherever it stands now.
      this.#draw(this.#at > 0 ? chosen : undefined);
    }, PAUSE_MS);
  }

  /** @param {string} [chosen] */
  #draw(chosen) {
    const query = this.#field.value;
    const here = this.#here();
    const mine = this.#goals.mine.filter(({ key }) => query.trim() || key !== here);
    this.#shown = ranked([...mine, ...this.#found], query).slice(0, SHOWN);
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

  /** @param {Goal | undefined} goal */
  #take(goal) {
    if (!goal) return;
    this.#dialog.close();
    this.#go(goal);
  }
}

/** @param {HTMLElement} node @param {Goal} goal */
function drawGoal(node, goal) {
  setText(part(node, "mark"), goal.mark);
  setText(part(node, "name"), goal.name);
  setText(part(node, "hint"), hintOf(goal));
  const count = part(node, "count");
  count.hidden = !goal.unread;
  count.classList.toggle("badge--mention", (goal.mentions ?? 0) > 0);
  setText(count, (goal.unread ?? 0) > 99 ? "99+" : String(goal.unread ?? ""));
  part(node, "words").hidden = !goal.unread;
  node.toggleAttribute("data-unread", Boolean(goal.unread));
}

/** What the name alone does not say. @param {Goal} goal */
function hintOf({ kind, username, archived }) {
  if (archived) return gettext("archived");
  if (kind === "public") return gettext("not joined");
  return kind === "person" ? `@${username}` : "";
}
