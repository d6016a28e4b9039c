import { part, setText } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { refusal } from "../lib/labels.js";
import { formatUntil } from "../lib/time.js";
import { say } from "../lib/toast.js";
import { isMuted, isOver } from "../reading/unread.js";

/** @typedef {import('../lib/types.js').RoomSummary} RoomSummary */

const MORNING = 8; // o'clock, when tomorrow begins

/** The dialog that chooses of what in a room I am told, and mutes it for a time. */
export class NotifyDialog {
  #room = "";
  #dialog;
  #unread;
  #ask;

  /**
   * @param {ParentNode} within
   * @param {import('../reading/unread.js').Unread} unread
   * @param {(command: any) => Promise<any>} ask
   */
  constructor(within, unread, ask) {
    this.#dialog = /** @type {HTMLDialogElement} */ (part(within, "notify-dialog"));
    this.#unread = unread;
    this.#ask = ask;
    this.#dialog.addEventListener("click", ({ target }) => {
      const button = /** @type {Element} */ (target).closest("button");
      const { level, mutes } = button?.dataset ?? {};
      if (level) this.#choose(level, null);
      if (mutes) this.#choose("nothing", endOf(mutes));
    });
  }

  /** @param {RoomSummary} room */
  open(room) {
    this.#room = room.slug;
    const { level = "default", until = null } = room.notify ?? {};
    const now = room.notify && isOver(room.notify) ? "" : level;
    setText(
      part(this.#dialog, "notify-title"),
      gettext("Notifications for %(room)s", { room: room.name }),
    );
    setText(
      part(this.#dialog, "notify-default"),
      room.kind === "direct" ? gettext("Here: everything.") : gettext("Here: mentions."),
    );
    for (const button of this.#dialog.querySelectorAll("[data-level]")) {
      const isChosen = /** @type {HTMLElement} */ (button).dataset.level === now;
      if (isChosen) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    const line = part(this.#dialog, "notify-until");
    line.hidden = !(until && isMuted(room));
    if (until)
      setText(line, gettext("Muted until %(time)s.", { time: formatUntil(Date.parse(until)) }));
    this.#dialog.showModal();
    /** @type {HTMLElement | null} */ (this.#dialog.querySelector("[aria-current]"))?.focus();
  }

  /** @param {string} level @param {Date | null} until */
  async #choose(level, until) {
    this.#dialog.close();
    const room = this.#room;
    const command = {
      type: "room.notify",
      room,
      level,
      ...(until && { until: until.toISOString() }),
    };
    try {
      const { notify } = await this.#ask(command);
      this.#unread.update(room, { notify });
      if (until) say(gettext("Muted until %(time)s.", { time: formatUntil(until.getTime()) }));
    } catch (error) {
      const reason = refusal(/** @type {any} */ (error));
      say(gettext("Couldn't save. %(reason)s", { reason }));
    }
  }
}

/** @param {string} mutes @returns {Date | null} null: until it is changed */
function endOf(mutes) {
  const end = new Date();
  if (mutes === "hour") end.setHours(end.getHours() + 1);
  else if (mutes === "tomorrow") {
    end.setDate(end.getDate() + 1);
    end.setHours(MORNING, 0, 0, 0);
  } else return null;
  return end;
}
