import { clock } from "../lib/clock.js";
import { part, setText } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { formatCountdown, formatDuration, formatUntil } from "../lib/time.js";

/** @typedef {import('../people/obstacles.js').Obstacle} Obstacle */

/**
 * The line in the composer that says why I can't write, or not yet, and counts down. Only the eye
 * sees the seconds: a screen reader announces the reason once, and when it is over.
 */
export class ObstacleLine {
  #composer;
  #session;
  /** @type {any} */ #tick = null;
  /** @type {string | null} what was shown last; null: nothing yet */ #kind = null;

  /**
   * @param {HTMLElement} composer
   * @param {import('../room/session.js').RoomSession} session
   */
  constructor(composer, session) {
    this.#composer = composer;
    this.#session = session;
  }

  leave() {
    clock.cancel(this.#tick);
  }

  draw() {
    clock.cancel(this.#tick);
    const { obstacle, pace } = this.#session.standing;
    const now = clock.now();
    this.#drawPace(obstacle, pace, now);
    if (obstacle) this.#drawReason(obstacle, now);
    this.#speak(obstacle, now);
    const left = (obstacle?.until ?? now) - now;
    // When the displayed second changes, not somewhere in between.
    if (left > 0) this.#tick = clock.after(() => this.draw(), left % 1000 || 1000);
  }

  /** The reason why I can't send right now, in words. */
  get words() {
    const { obstacle } = this.#session.standing;
    return obstacle ? sentence(obstacle, clock.now()) : "";
  }

  /** @param {Obstacle | null} obstacle @param {number} pace in seconds @param {number} now */
  #drawPace(obstacle, pace, now) {
    const waits = obstacle?.kind === "slow";
    const line = part(this.#composer, "pace");
    line.hidden = !pace;
    line.toggleAttribute("data-waits", waits);
    const words = gettext("Slow mode: one message every %(pause)s.", {
      pause: formatDuration(pace),
    });
    setText(part(this.#composer, "pace-words"), waits ? sentence(obstacle, now) : words);
  }

  /** @param {Obstacle} obstacle @param {number} now */
  #drawReason(obstacle, now) {
    if (obstacle.kind === "slow" || obstacle.kind === "outside") return;
    setText(part(this.#composer, "closed-words"), sentence(obstacle, now));
    const reason = part(this.#composer, "closed-reason");
    reason.hidden = !obstacle.reason;
    setText(reason, gettext("Reason: %(reason)s", { reason: obstacle.reason }));
    const field = /** @type {HTMLTextAreaElement} */ (part(this.#composer, "body"));
    part(this.#composer, "closed-kept").hidden = !field.value.trim();
  }

  /** @param {Obstacle | null} obstacle @param {number} now */
  #speak(obstacle, now) {
    const kind = obstacle?.kind ?? "";
    const [before, status] = [this.#kind, document.getElementById("status")];
    this.#kind = kind;
    if (before === null || before === kind || !status || kind === "slow") return;
    if (kind && kind !== "outside") setText(status, sentence(obstacle, now));
    else if (before && before !== "outside") setText(status, gettext("You can write again."));
  }
}

/** @param {Obstacle | null} obstacle @param {number} now */
function sentence(obstacle, now) {
  if (!obstacle) return "";
  const { kind, until, everywhere } = obstacle;
  const left = formatCountdown((until ?? now) - now);
  switch (kind) {
    case "slow":
      return gettext("Slow mode: you can write again in %(left)s.", { left });
    case "archived":
      return gettext("This room is archived. You can read it, but not write in it.");
    case "deserted":
      return gettext("Nobody would read this: every other account in this conversation is closed.");
    case "announcement":
      return gettext("Announcements: only owners and moderators can write in this room.");
    case "muted":
      return muted(everywhere, until === null ? null : { left, time: formatUntil(until, now) });
  }
  return gettext("You can no longer write in this room.");
}

/** @param {boolean} everywhere @param {{left: string, time: string} | null} end */
function muted(everywhere, end) {
  if (everywhere && end)
    return gettext(
      "You're muted on this site until %(time)s (%(left)s left). You can still read.",
      end,
    );
  if (everywhere) return gettext("You're muted on this site. You can still read.");
  if (end)
    return gettext(
      "You're muted in this room until %(time)s (%(left)s left). You can still read.",
      end,
    );
  return gettext("You're muted in this room. You can still read.");
}
