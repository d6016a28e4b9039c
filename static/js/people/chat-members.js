import { cloneTemplate, drawAvatar, oncePerFrame, part, setText, setWhose } from "../lib/dom.js";
import { keepFocus } from "../lib/focus.js";
import { formatNumber, gettext, locale, ngettext } from "../lib/gettext.js";
import { TYPING_PAUSE_MS } from "../lib/keyboard.js";
import { KeyedList } from "../lib/keyed.js";
import { roleName } from "../lib/labels.js";
import { getJson } from "../lib/people-search.js";
import { rankedPeople } from "../lib/ranking.js";
import { formatUntil } from "../lib/time.js";

/** @typedef {import('../lib/types.js').Member} Member */
/** @typedef {import('../lib/types.js').User & {key: string, role: string, muted: string}} Line */

const FOR_MEMBERS = gettext("Only members can see who belongs to this room.");
const PAGE = 100; // people drawn at first, and more each time
const FEW = 8; // nobody searches among so few
const RANKS = ["owner", "moderator"];
const GROUPS = ["here", "away", "others"];
const byName = new Intl.Collator(locale);

/**
 * The list of members, those who are at the site first. Loaded when it is first shown, and drawn page by page: a
 * room may have thousands.
 */
export class ChatMembers extends HTMLElement {
  /** @type {Map<number, Member>} */ #members = new Map();
  /** @type {string | null} */ #next = null;
  /** @type {import('../room/session.js').RoomSession} */ #session;
  /** @type {import('./attendance.js').Attendance} */ #attendance;
  /** @type {KeyedList<Line>[]} */ #lists = [];
  #loaded = false;
  #most = PAGE;
  #query = "";
  /** @type {any} */ #pause = null;
  #asked = new AbortController();
  #attached = new AbortController();

  /**
   * @param {import('../room/session.js').RoomSession} session
   * @param {import('./attendance.js').Attendance} attendance
   */
  attach(session, attendance) {
    this.#session = session;
    this.#attendance = attendance;
    this.#next = this.dataset.url ?? null;
    this.#lists = GROUPS.map(
      (name) => new KeyedList(part(this, name), () => cloneTemplate(this, "member"), drawMember),
    );
    const draw = oncePerFrame(() => this.#draw());
    session.presence.on("change", draw);
    const forget = attendance.on("change", draw);
    this.#attached.signal.addEventListener("abort", () => {
      forget();
      attendance.show("members", []);
    });
    session.moderation.on("change", draw);
    session.on("room", draw);
    this.addEventListener("click", (event) => this.#click(event));
    session.on("member", ({ member, left }) => {
      if (left) this.#members.delete(member.id);
      else if (this.#loaded) this.#members.set(member.id, member);
      draw();
    });
    session.on("person", (person) => {
      const member = this.#members.get(person.id);
      if (member) this.#members.set(person.id, { ...member, ...person });
      draw();
    });
    // People came or went while the connection was down: the loaded list is out of date.
    session.on("missed", () => {
      if (this.#loaded) this.#begin();
    });
    part(this, "more").addEventListener("click", () => this.#showMore());
    part(this, "query").addEventListener("input", () => this.#search());
    part(this, "query").addEventListener("keydown", (event) => this.#clear(event));
    // Shown by the drawers, which know nothing of members.
    const shown = new MutationObserver(() => {
      if (!this.hidden && !this.#loaded) this.#load();
    });
    shown.observe(this, { attributeFilter: ["hidden"] });
    this.#attached.signal.addEventListener("abort", () => shown.disconnect());
    if (!this.hidden) this.#load();
  }

  detach() {
    clearTimeout(this.#pause);
    this.#asked.abort();
    this.#attached.abort();
  }

  /** Load from the first page: now, or when it is next shown. */
  #begin() {
    this.#next = this.dataset.url ?? null;
    this.#loaded = false;
    if (!this.hidden) this.#load({ anew: true });
  }

  async #load({ anew = false } = {}) {
    if (!this.#next) return;
    this.#loaded = true;
    try {
      const { signal } = this.#attached;
      const { members, next, muted } = await getJson(this.#next, signal);
      if (anew) this.#members.clear();
      this.#next = next;
      this.#learn(members, muted);
      this.#trouble("");
    } catch (error) {
      const isRefused = /** @type {Error} */ (error).message === "403";
      this.#trouble(isRefused ? FOR_MEMBERS : gettext("Couldn't load the list."));
    }
  }

  /** @param {Member[]} members @param {Record<string, any>} [muted] */
  #learn(members, muted = {}) {
    for (const member of members) this.#members.set(member.id, member);
    const ids = members.map(({ id }) => id);
    this.#session.moderation.learn(muted, ids);
  }

  /** Draw more of those who are known, and load more of the others. */
  #showMore() {
    this.#most += PAGE;
    if (this.#members.size < this.#most && !this.#query) this.#load();
    else this.#draw();
  }

  #search() {
    clearTimeout(this.#pause);
    this.#asked.abort();
    this.#query = /** @type {HTMLInputElement} */ (part(this, "query")).value.trim();
    this.#most = PAGE;
    this.#draw();
    // Everyone is known, or nobody is asked for.
    if (!this.#query || !this.#next) return;
    this.#asked = new AbortController();
    const { signal } = this.#asked;
    const address = `${this.dataset.url}?${new URLSearchParams({ q: this.#query })}`;
    this.#pause = setTimeout(async () => {
      const { members, muted } = await getJson(address, signal).catch(() => ({ members: [] }));
      if (signal.aborted) return;
      this.#learn(members, muted);
      this.#draw();
    }, TYPING_PAUSE_MS);
  }

  /** Esc empties the field before it closes the drawer. @param {KeyboardEvent} event */
  #clear(event) {
    if (event.key !== "Escape" || !this.#query) return;
    event.preventDefault();
    event.stopPropagation();
    /** @type {HTMLInputElement} */ (part(this, "query")).value = "";
    this.#search();
  }

  /** @param {string} words */
  #trouble(words) {
    const element = part(this, "trouble");
    setText(element, words);
    element.hidden = !words;
    if (words === FOR_MEMBERS) this.#next = null;
    this.#draw();
  }

  /** Everyone in the list, in full. */
  get #everybody() {
    const { presence } = this.#session;
    // A public room can be visited without joining: whoever is present is in the list.
    const visitors = [...presence.users.values()].map((user) => ({ ...user, role: "" }));
    return new Map([...visitors, ...this.#members.values()].map((who) => [who.id, who]));
  }

  /** @param {MouseEvent} event */
  #click({ target }) {
    const element = /** @type {Element} */ (target);
    if (element.closest('[data-part="add"]'))
      this.dispatchEvent(new CustomEvent("chat-add", { bubbles: true }));
    const line = element.closest(".member");
    if (!(line instanceof HTMLElement)) return;
    const detail = this.#everybody.get(Number(line.dataset.person));
    if (detail) this.dispatchEvent(new CustomEvent("chat-person", { detail, bubbles: true }));
  }

  /** Only moderators see it. @param {number} id */
  #muteOf(id) {
    const { standing, moderation, siteStanding } = this.#session;
    const muted = standing.moderates ? moderation.muteOf(id) : undefined;
    if (!muted) return "";
    return muted.until
      ? gettext("Muted until %(time)s.", { time: formatUntil(siteStanding.timeOf(muted.until)) })
      : gettext("Muted indefinitely.");
  }

  /** Those who are looked for: owners, moderators, then the others, by name. */
  get #wanted() {
    const found = rankedPeople([...this.#everybody.values()], this.#query);
    return found.sort((a, b) => rankOf(a) - rankOf(b) || byName.compare(a.name, b.name));
  }

  /**
   * Whether somebody is at the site; until that is known, whether they have this room open.
   *
   * @param {number} id
   */
  #isOnline(id) {
    const { presence } = this.#attendance.of(id);
    return presence ? presence !== "offline" : this.#session.presence.has(id);
  }

  /** Whoever had the focus keeps it when they come or go, which moves them to the other list. */
  #draw() {
    if (this.hidden) return;
    const focused = document.activeElement?.closest("[data-person]");
    const id = focused instanceof HTMLElement ? focused.dataset.person : "";
    const same = () => this.querySelector(`[data-person="${id}"] button`);
    keepFocus(this, () => this.#drawAll(), same, this.querySelector("[data-closes]"));
  }

  #drawAll() {
    const wanted = this.#wanted;
    const ids = wanted.map(({ id }) => id);
    this.#attendance.show("members", ids);
    const { isFull } = this.#attendance;
    // Those who are beyond what a page can watch, and don't have this room open.
    const isUnknown = (/** @type {number} */ id) =>
      isFull && !this.#isOnline(id) && !this.#attendance.of(id).presence;
    const here = wanted.filter(({ id }) => this.#isOnline(id));
    const away = wanted.filter(({ id }) => !this.#isOnline(id) && !isUnknown(id));
    const others = wanted.filter(({ id }) => isUnknown(id));
    let left = this.#most;
    for (const [at, group] of [here, away, others].entries()) {
      const shown = group.slice(0, left);
      left -= shown.length;
      this.#lists[at].draw(shown.map((who) => this.#lineOf(who)));
      part(this, `${GROUPS[at]}-title`).hidden = shown.length === 0;
    }
    part(this, "others-note").hidden = part(this, "others-title").hidden;
    const count = formatNumber(here.length);
    // Of members who aren't loaded yet, nobody knows.
    const isKnown = this.#query || !this.#next;
    const title = isKnown && !isFull ? gettext("Online – %(count)s", { count }) : gettext("Online");
    setText(part(this, "here-title"), title);
    this.#drawTop(wanted.length);
    const isAll = wanted.length <= this.#most && (!this.#next || this.#query !== "");
    part(this, "more").toggleAttribute("hidden", isAll);
  }

  /** @param {number} found */
  #drawTop(found) {
    const { standing, room } = this.#session;
    setText(part(this, "count"), formatNumber(room.members));
    part(this, "search").hidden = room.members <= FEW && !this.#query;
    const mayAdd = standing.moderates && room.kind !== "direct" && !room.archived;
    part(this, "add").hidden = !mayAdd;
    const trouble = part(this, "trouble");
    if (!this.#query && !trouble.dataset.found) return;
    trouble.dataset.found = this.#query;
    trouble.hidden = !this.#query;
    setText(trouble, this.#query ? foundWords(found) : "");
  }

  /** @param {import('../lib/types.js').User & {role: string}} who @returns {Line} */
  #lineOf(who) {
    return { ...who, key: String(who.id), muted: this.#muteOf(who.id) };
  }
}

/** @param {number} found */
function foundWords(found) {
  if (found === 0) return gettext("No matches");
  return ngettext("%(count)s person found", "%(count)s people found", found);
}

/** @param {{role: string}} who */
function rankOf({ role }) {
  const rank = RANKS.indexOf(role);
  return rank < 0 ? RANKS.length : rank;
}

/** @param {HTMLElement} node @param {Line} who */
function drawMember(node, who) {
  node.dataset.username = who.username;
  node.dataset.person = String(who.id);
  drawAvatar(part(node, "avatar"), who);
  setText(part(node, "name"), who.name);
  node.title = `@${who.username}`;
  setWhose(node, who.id);
  const muted = part(node, "muted");
  muted.hidden = !who.muted;
  muted.title = who.muted;
  const role = part(node, "role");
  role.hidden = who.role === "member" || !who.role;
  setText(role, roleName(who.role));
}
