import { clock } from "../lib/clock.js";
import { drawAvatar, part, setText, setWhose } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { displayName, refusal, roleName } from "../lib/labels.js";
import { getJson } from "../lib/people-search.js";
import { formatUntil, formatZoned } from "../lib/time.js";
import { say } from "../lib/toast.js";
import { RemovalDialog } from "./removal-dialog.js";
import { SanctionDialog } from "./sanction-dialog.js";

/** @typedef {import('../lib/types.js').User & {role?: string}} Somebody */
/** @typedef {import('../protocol.js').Profile} Profile */

const MINUTE_MS = 60_000;
const PRESENCE = {
  online: gettext("Online"),
  idle: gettext("Idle"),
  offline: gettext("Offline"),
};
/** @type {Record<string, string>} */
const SEEN = {
  today: gettext("Last seen today"),
  yesterday: gettext("Last seen yesterday"),
  week: gettext("Last seen this week"),
  month: gettext("Last seen this month"),
  earlier: gettext("Last seen more than a month ago"),
};

/**
 * The card that says who a person is and what I can do about them: for myself, and in a room I
 * moderate. What they say about themselves is asked when it opens.
 */
export class PersonCard {
  #dialog;
  #session;
  #sanction;
  #removal;
  #url;
  #request;
  #attendance;
  /** @type {Somebody | null} */ #person = null;
  /** @type {Map<number, Profile>} */ #profiles = new Map();
  /** @type {any} */ #tick = null;

  /**
   * @param {HTMLElement} main
   * @param {import('../room/session.js').RoomSession} session
   * @param {object} world
   * @param {Record<string, string>} world.urls
   * @param {(command: {type: string, user: string}) => Promise<any>} world.ask
   * @param {import('./attendance.js').Attendance} world.attendance
   * @param {AbortSignal} world.signal of the end of the visit
   */
  constructor(main, session, { urls, ask, attendance, signal }) {
    this.#attendance = attendance;
    signal.addEventListener(
      "abort",
      attendance.on("change", () => this.#drawPresence()),
    );
    this.#url = urls.members;
    this.#request = ask;
    this.#session = session;
    this.#dialog = /** @type {HTMLDialogElement} */ (part(main, "person-card"));
    this.#sanction = new SanctionDialog(main, session);
    this.#removal = new RemovalDialog(main, session);
    this.#dialog.addEventListener("click", (event) => this.#click(event));
    this.#dialog.addEventListener("close", () => clock.cancel(this.#tick));
    session.moderation.on("change", () => this.#draw());
    session.on("ignored", () => this.#draw());
    session.on("person", (person) => {
      if (this.#person?.id === person.id) this.#person = { ...this.#person, ...person };
      this.#draw();
    });
  }

  /** @param {Somebody} person */
  open(person) {
    this.#person = person;
    this.#draw();
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#askProfile(person);
    if (this.#session.room.role !== null || this.#session.standing.moderates) this.#ask(person);
  }

  /** @param {Somebody} person */
  async #askProfile({ id, username }) {
    try {
      const { profile } = await this.#request({ type: "profile", user: username });
      this.#profiles.set(id, profile);
    } catch {
      return; // the card shows what this page knows
    }
    if (this.#person?.id === id) this.#draw();
  }

  /**
   * The role, and for moderators the mute; the list of members may not have loaded that far.
   *
   * @param {Somebody} person
   */
  async #ask({ id }) {
    try {
      const { members, muted } = await getJson(`${this.#url}?person=${id}`);
      if (this.#person?.id === id) this.#person = { ...this.#person, ...members[0] };
      this.#session.moderation.learn(muted, [id]);
    } catch {
      // Offline, the card shows what this page knows.
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
    setWhose(this.#dialog, id);
    setText(part(this.#dialog, "person-name"), displayName(name));
    setText(part(this.#dialog, "person-username"), `@${username}`);
    this.#fill("person-role", role === "member" ? "" : roleName(role));
    this.#drawProfile(id);
    this.#drawState(id);
    this.#drawActions(person);
  }

  /** @param {string} name of the part @param {string} words */
  #fill(name, words) {
    const element = part(this.#dialog, name);
    element.hidden = !words;
    setText(element, words);
  }

  /** @param {number} id */
  #drawProfile(id) {
    const profile = this.#profiles.get(id);
    this.#fill("person-pronouns", profile?.pronouns ?? "");
    this.#fill("person-about", profile?.about ?? "");
    part(this.#dialog, "person-moderates").hidden = !profile?.moderates;
    this.#drawPresence();
    this.#drawTime(id);
  }

  /** Whether they are at the site, or when they last were, and whether to disturb them. */
  #drawPresence() {
    if (!this.#person) return;
    const { id } = this.#person;
    const { presence, quiet } = this.#attendance.of(id);
    const seen = SEEN[this.#profiles.get(id)?.seen ?? ""];
    const here =
      presence && (presence === "offline" ? (seen ?? PRESENCE.offline) : PRESENCE[presence]);
    const time = quiet && formatUntil(this.#session.siteStanding.timeOf(quiet));
    const lines = [here, time && gettext("Do not disturb until %(time)s", { time })];
    this.#fill("person-seen", lines.filter(Boolean).join(" · "));
  }

  /** @param {number} id */
  #drawTime(id) {
    const { siteStanding } = this.#session;
    const zone = this.#profiles.get(id)?.zone;
    const now = siteStanding.serverTime();
    const time = zone ? formatZoned(now, zone) : "";
    part(this.#dialog, "person-time").hidden = !time;
    setText(part(this.#dialog, "person-clock"), gettext("%(time)s local time", { time }));
    clock.cancel(this.#tick);
    const left = MINUTE_MS - (now % MINUTE_MS);
    if (time && this.#dialog.open) this.#tick = clock.after(() => this.#drawTime(id), left);
  }

  /** Whether their account is closed, as far as is known. @param {Somebody} person */
  #isClosed({ id, active }) {
    return (this.#profiles.get(id)?.active ?? active) === false;
  }

  /** @param {number} id */
  #drawState(id) {
    const { moderation, ignored, standing, siteStanding } = this.#session;
    const muted = standing.moderates ? moderation.muteOf(id) : undefined;
    const isClosed = this.#person !== null && this.#isClosed(this.#person);
    const lines = [
      isClosed && gettext("This account is closed."),
      ignored.isBlocked(id) && gettext("You've blocked them."),
      ignored.has(id) && !ignored.isBlocked(id) && gettext("You've muted them for yourself."),
      muted?.until &&
        gettext("Muted until %(time)s.", { time: formatUntil(siteStanding.timeOf(muted.until)) }),
      muted && !muted.until && gettext("Muted indefinitely."),
      muted?.reason && gettext("Reason: %(reason)s", { reason: muted.reason }),
    ];
    const words = lines.filter(Boolean).join(" ");
    const state = part(this.#dialog, "person-state");
    state.hidden = !words;
    setText(state, words);
  }

  /** @param {Somebody} person */
  #drawActions(person) {
    const { id, role } = person;
    const { ignored, moderation, me } = this.#session;
    const isMe = id === me.id;
    const may = !isMe && this.#mayModerate(role);
    const isMuted = moderation.muteOf(id) !== undefined;
    const shown = {
      message: !isMe && !this.#isHere(id) && !this.#isClosed(person) && !ignored.isBlocked(id),
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
    part(this.#dialog, "person-me").hidden = !isMe;
    part(this.#dialog, "person-mine").hidden = isMe;
    part(this.#dialog, "person-staff").hidden = !may;
  }

  /** Whether this room is the conversation with them. @param {number} id */
  #isHere(id) {
    const { kind, people = [] } = this.#session.room;
    return kind === "direct" && people.length === 1 && people[0].id === id;
  }

  /** The server knows better who outranks whom. @param {string} [role] */
  #mayModerate(role = "") {
    const { standing, room, siteStanding } = this.#session;
    const outranks =
      siteStanding.staff || room.role === "owner" || !["owner", "moderator"].includes(role);
    return standing.moderates && room.kind !== "direct" && outranks;
  }

  /** @param {MouseEvent} event */
  async #click({ target }) {
    if (target === this.#dialog) return this.#dialog.close(); // on the backdrop
    const button = /** @type {Element} */ (target).closest("[data-deed]");
    const person = this.#person;
    if (!(button instanceof HTMLElement) || !person || button.dataset.deed === "edit") return;
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
    if (what === "status")
      return this.#dialog.dispatchEvent(new CustomEvent("chat-status", { bubbles: true }));
    if (what === "message") {
      const direct = new CustomEvent("chat-direct", { detail: person, bubbles: true });
      return this.#dialog.dispatchEvent(direct);
    }
    if (what === "mute" || what === "ban") return this.#sanction.open(what, person);
    if (what === "remove") return this.#removal.open(person);
    if (what === "unmute") {
      await moderation.unmute(person);
      return say(gettext("%(name)s can write again.", { name }));
    }
    if (what === "forgive") {
      await ignored.unignore(person);
      return say(gettext("You'll see messages from %(name)s again.", { name }));
    }
    await ignored.ignore(person, what === "block" ? "block" : "mute");
    if (what === "block") say(gettext("You've blocked %(name)s.", { name }));
    else say(gettext("You've muted %(name)s for yourself.", { name }));
  }
}
