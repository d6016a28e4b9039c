import { drawAvatar, part, setText } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { formatUntil } from "../lib/time.js";
import { called, refusal, roleName } from "../lib/words.js";
import { RemovalDialog } from "./removal-dialog.js";
import { SanctionDialog } from "./sanction-dialog.js";
import { say } from "./toast.js";

/** @typedef {import('../lib/types.js').User & {role?: string}} Somebody */

/** Who somebody is, and what I can do about them: for myself, and in a room that I moderate. */
export class PersonCard {
  #dialog;
  #session;
  #sanction;
  #removal;
  #url;
  /** @type {Somebody | null} */ #person = null;

  /**
   * @param {HTMLElement} main
   * @param {import('../session.js').RoomSession} session
   * @param {Record<string, string>} urls
   */
  constructor(main, session, urls) {
    this.#url = urls.members;
    this.#session = session;
    this.#dialog = /** @type {HTMLDialogElement} */ (part(main, "person-card"));
    this.#sanction = new SanctionDialog(main, session);
    this.#removal = new RemovalDialog(main, session);
    this.#dialog.addEventListener("click", (event) => this.#click(event));
    session.moderation.on("change", () => this.#draw());
    session.on("ignored", () => this.#draw());
    session.on("person", (person) => {
      if (this.#person?.id === person.id) this.#person = { ...this.#person, ...person };
      this.#draw();
    });
    main.addEventListener("chat-person", (event) =>
      this.#open(/** @type {CustomEvent} */ (event).detail),
    );
  }

  /** @param {Somebody} person */
  #open(person) {
    this.#person = person;
    this.#draw();
    if (!this.#dialog.open) this.#dialog.showModal();
    if (this.#session.standing.moderates) this.#ask(person);
  }

  /** Who moderates needs to know the role and the mute; the list of members may not have come so far. @param {Somebody} person */
  async #ask({ id }) {
    try {
      const headers = { Accept: "application/json" };
      const response = await fetch(`${this.#url}?person=${id}`, { headers });
      if (!response.ok) return;
      const { members, muted } = await response.json();
      if (this.#person?.id === id) this.#person = { ...this.#person, ...members[0] };
      this.#session.moderation.learn(muted, [id]);
    } catch {
      // Without a line the card says what this page knows.
    }
  }

  #draw() {
    const person = this.#person;
    if (!person) return;
    const { id, name, username, role = "" } = person;
    const avatar = part(this.#dialog, "person-avatar");
    avatar.className = "avatar person__avatar";
    avatar.replaceChildren();
    drawAvatar(avatar, person);
    setText(part(this.#dialog, "person-name"), called(name));
    setText(part(this.#dialog, "person-username"), `@${username}`);
    const badge = part(this.#dialog, "person-role");
    badge.hidden = !role || role === "member";
    setText(badge, roleName(role));
    this.#drawState(id);
    this.#drawActions(person);
  }

  /** @param {number} id */
  #drawState(id) {
    const { moderation, ignored, standing, voice } = this.#session;
    const muted = standing.moderates ? moderation.muteOf(id) : undefined;
    const lines = [
      ignored.isBlocked(id) && gettext("You have blocked them."),
      ignored.has(id) && !ignored.isBlocked(id) && gettext("You have muted them for yourself."),
      muted?.until &&
        gettext("Muted until %(time)s.", { time: formatUntil(voice.timeOf(muted.until)) }),
      muted && !muted.until && gettext("Muted for good."),
      muted?.reason && gettext("Reason: %(reason)s", { reason: muted.reason }),
    ];
    const words = lines.filter(Boolean).join(" ");
    const state = part(this.#dialog, "person-state");
    state.hidden = !words;
    setText(state, words);
  }

  /** @param {Somebody} person */
  #drawActions({ id, role }) {
    const { ignored, moderation, me } = this.#session;
    const isMe = id === me.id;
    const may = !isMe && this.#mayModerate(role);
    const isMuted = moderation.muteOf(id) !== undefined;
    const shown = {
      ignore: !isMe && !ignored.has(id),
      block: !isMe && !ignored.isBlocked(id),
      forgive: ignored.has(id),
      mute: may,
      unmute: may && isMuted,
      ban: may,
      remove: may,
    };
    for (const [deed, offered] of Object.entries(shown)) {
      const button = this.#dialog.querySelector(`[data-deed="${deed}"]`);
      button?.toggleAttribute("hidden", !offered);
    }
    part(this.#dialog, "person-mine").hidden = isMe;
    part(this.#dialog, "person-staff").hidden = !may;
  }

  /** The server knows better who outranks whom. @param {string} [role] */
  #mayModerate(role = "") {
    const { standing, room, voice } = this.#session;
    const outranks = voice.staff || room.role === "owner" || !["owner", "moderator"].includes(role);
    return standing.moderates && room.kind !== "direct" && outranks;
  }

  /** @param {MouseEvent} event */
  async #click({ target }) {
    if (target === this.#dialog) return this.#dialog.close(); // beside it
    const button = /** @type {Element} */ (target).closest("[data-deed]");
    const person = this.#person;
    if (!(button instanceof HTMLElement) || !person) return;
    this.#dialog.close();
    try {
      await this.#do(button.dataset.deed ?? "", person);
    } catch (error) {
      say(refusal(/** @type {any} */ (error)));
    }
  }

  /** @param {string} what @param {Somebody} person */
  async #do(what, person) {
    const { ignored, moderation } = this.#session;
    const { name } = person;
    if (what === "mute" || what === "ban") return this.#sanction.open(what, person);
    if (what === "remove") return this.#removal.open(person);
    if (what === "unmute") {
      await moderation.unmute(person);
      return say(gettext("%(name)s may write again.", { name }));
    }
    if (what === "forgive") {
      await ignored.forgive(person);
      return say(gettext("You hear %(name)s again.", { name }));
    }
    await ignored.ignore(person, what === "block" ? "block" : "mute");
    if (what === "block") say(gettext("You have blocked %(name)s.", { name }));
    else say(gettext("You have muted %(name)s for yourself.", { name }));
  }
}
