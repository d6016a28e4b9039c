import { cloneTemplate, drawAvatar, oncePerFrame, part, setText } from "../lib/dom.js";
import { keepFocus } from "../lib/focus.js";
import { formatNumber, gettext, locale } from "../lib/gettext.js";
import { KeyedList } from "../lib/keyed.js";
import { formatUntil } from "../lib/time.js";
import { roleName } from "../lib/words.js";

/** @typedef {import('../lib/types.js').Member} Member */
/** @typedef {import('../lib/types.js').User & {key: string, role: string, muted: string}} Line */

const FOR_MEMBERS = gettext("Who belongs to this room is shown to its members.");

/** Who belongs to the room, those who are here first. Fetched when it is first looked at. */
export class ChatMembers extends HTMLElement {
  /** @type {Map<number, Member>} */ #members = new Map();
  /** @type {string | null} */ #next = null;
  /** @type {import('../session.js').RoomSession} */ #session;
  /** @type {KeyedList<Line>[]} */ #lists = [];
  #loaded = false;
  #attached = new AbortController();

  /** @param {import('../session.js').RoomSession} session */
  attach(session) {
    this.#session = session;
    this.#next = this.dataset.url ?? null;
    this.#lists = ["here", "away"].map(
      (name) => new KeyedList(part(this, name), () => cloneTemplate(this, "member"), drawMember),
    );
    const draw = oncePerFrame(() => this.#draw());
    session.presence.on("change", draw);
    session.moderation.on("change", draw);
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
    // Somebody came or went while the line was down: what was loaded is no longer true.
    session.on("missed", () => {
      if (this.#loaded) this.#begin();
    });
    part(this, "more").addEventListener("click", () => this.#load());
    // Shown by the drawer code, which knows nothing of members.
    const shown = new MutationObserver(() => {
      if (!this.hidden && !this.#loaded) this.#load();
    });
    shown.observe(this, { attributeFilter: ["hidden"] });
    this.#attached.signal.addEventListener("abort", () => shown.disconnect());
    if (!this.hidden) this.#load();
  }

  detach() {
    this.#attached.abort();
  }

  /** Loads from the first page on: now, or when it is next looked at. */
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
      const headers = { Accept: "application/json" };
      const response = await fetch(this.#next, { signal, headers });
      if (response.status === 403) return this.#trouble(FOR_MEMBERS);
      if (!response.ok) throw new Error(String(response.status));
      const { members, next, muted } = await response.json();
      if (anew) this.#members.clear();
      for (const member of members) this.#members.set(member.id, member);
      this.#next = next;
      const ids = members.map((/** @type {Member} */ { id }) => id);
      this.#session.moderation.learn(muted ?? {}, ids);
      this.#trouble("");
    } catch {
      this.#trouble(gettext("The list could not be loaded."));
    }
  }

  /** @param {string} words */
  #trouble(words) {
    const element = part(this, "trouble");
    setText(element, words);
    element.hidden = !words;
    if (words === FOR_MEMBERS) this.#next = null;
    this.#draw();
  }

  /** Whoever stands in the list, in full. */
  get #everybody() {
    const { presence } = this.#session;
    // A public room may be visited: whoever is here stands in the list, member or not.
    const visitors = [...presence.users.values()].map((user) => ({ ...user, role: "" }));
    return new Map([...visitors, ...this.#members.values()].map((who) => [who.id, who]));
  }

  /** @param {MouseEvent} event */
  #click({ target }) {
    const line = /** @type {Element} */ (target).closest(".member");
    if (!(line instanceof HTMLElement)) return;
    const detail = this.#everybody.get(Number(line.dataset.person));
    if (detail) this.dispatchEvent(new CustomEvent("chat-person", { detail, bubbles: true }));
  }

  /** For those who moderate. @param {number} id */
  #muteOf(id) {
    const { standing, moderation, voice } = this.#session;
    const muted = standing.moderates ? moderation.muteOf(id) : undefined;
    if (!muted) return "";
    return muted.until
      ? gettext("Muted until %(time)s.", { time: formatUntil(voice.timeOf(muted.until)) })
      : gettext("Muted for good.");
  }

  #draw() {
    if (this.hidden) return;
    const { presence } = this.#session;
    const lines = [...this.#everybody.values()].map((who) => ({
      ...who,
      key: String(who.id),
      muted: this.#muteOf(who.id),
    }));
    lines.sort((a, b) => a.name.localeCompare(b.name, locale));
    const here = lines.filter(({ id }) => presence.has(id));
    const away = lines.filter(({ id }) => !presence.has(id));
    this.#lists[0].draw(here);
    this.#lists[1].draw(away);
    setText(
      part(this, "here-title"),
      gettext("Here – %(count)s", { count: formatNumber(presence.count) }),
    );
    part(this, "here-title").hidden = here.length === 0;
    part(this, "away-title").hidden = away.length === 0;
    const more = part(this, "more");
    const draw = () => more.toggleAttribute("hidden", !this.#next);
    keepFocus(more, draw, this.querySelector("[data-closes]"));
  }
}

/** @param {HTMLElement} node @param {Line} who */
function drawMember(node, who) {
  node.dataset.username = who.username;
  node.dataset.person = String(who.id);
  drawAvatar(part(node, "avatar"), who);
  setText(part(node, "name"), who.name);
  node.title = `@${who.username}`;
  const muted = part(node, "muted");
  muted.hidden = !who.muted;
  muted.title = who.muted;
  const role = part(node, "role");
  role.hidden = who.role === "member" || !who.role;
  setText(role, roleName(who.role));
}
