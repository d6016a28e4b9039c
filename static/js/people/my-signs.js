import { gettext } from "../lib/gettext.js";
import { refusal } from "../lib/labels.js";
import { endOf, formatUntil } from "../lib/time.js";
import { say } from "../lib/toast.js";

/** @typedef {import('./attendance.js').Attendance} Attendance */

/**
 * What I show beside my name, and how I change it.
 */
export class MySigns {
  #id;
  #attendance;
  #ask;
  #timeOf;

  /**
   * @param {object} world
   * @param {{id: number}} world.me
   * @param {Attendance} world.attendance
   * @param {(command: {type: string, [field: string]: any}) => Promise<any>} world.ask
   * @param {(iso: string) => number} world.timeOf
   */
  constructor({ me, attendance, ask, timeOf }) {
    this.#id = me.id;
    this.#attendance = attendance;
    this.#ask = ask;
    this.#timeOf = timeOf;
    attendance.show("me", [me.id]);
  }

  get status() {
    return this.#attendance.of(this.#id).status;
  }

  /** Until when I don't want to be disturbed, by this device's clock; null: I may be. */
  get quietUntil() {
    const { quiet } = this.#attendance.of(this.#id);
    return quiet ? this.#timeOf(quiet) : null;
  }

  /** @param {() => void} listener */
  onChange(listener) {
    this.#attendance.on("change", listener);
  }

  /** @param {{emoji?: string, text?: string, until?: string | null}} [status] none: clear it */
  set(status = {}) {
    return this.#ask({ type: "status.set", ...status });
  }

  /** @param {string | null} until */
  setQuiet(until) {
    return this.#ask({ type: "quiet.set", until });
  }

  /** From the switcher: do it, and say so. @param {string} choice as of `endOf`, or 'off' */
  async quiet(choice) {
    const until = choice === "off" ? null : endOf(choice);
    try {
      await this.setQuiet(until);
      if (!until) return say(gettext("You can be disturbed again."));
      const time = formatUntil(Date.parse(until));
      say(gettext("Nobody disturbs you until %(time)s.", { time }));
    } catch (error) {
      this.#failed(error);
    }
  }

  async clear() {
    try {
      await this.set();
      say(gettext("Status cleared."));
    } catch (error) {
      this.#failed(error);
    }
  }

  /** @param {unknown} error */
  #failed(error) {
    const reason = refusal(/** @type {any} */ (error));
    say(gettext("Couldn't save. %(reason)s", { reason }));
  }
}
