import { part } from "./lib/dom.js";
import { gettext } from "./lib/gettext.js";
import { refusal } from "./lib/labels.js";
import { formatFull, formatTime } from "./lib/time.js";
import { say } from "./lib/toast.js";

/** @typedef {import('./navigation/appearance.js').Appearance} Appearance */

/**
 * A page of the settings. All of them work without scripts; this one adds what follows at once: forms
 * whose choices are saved without a button (`data-at-once`), and times in the reader's zone.
 */
export class SettingsPage {
  #main;
  #appearance;
  #left = new AbortController();

  /** @param {HTMLElement} main @param {Appearance} appearance */
  constructor(main, appearance) {
    this.#main = main;
    this.#appearance = appearance;
    this.#drawTimes();
    const how = { signal: this.#left.signal };
    document.addEventListener("appearance", () => this.#drawTimes(), how);
    const push = /** @type {HTMLElement | null} */ (main.querySelector("#push"));
    if (push)
      import("./notifications/push-settings.js")
        .then(({ PushSettings }) => new PushSettings(push))
        .catch(() => {}); // the page says that it needs it
    for (const one of main.querySelectorAll("form[data-at-once]")) {
      const form = /** @type {HTMLFormElement} */ (one);
      const isLook = form.dataset.atOnce === "appearance";
      form.addEventListener("change", ({ target }) =>
        isLook ? this.#choose(target) : this.#send(form),
      );
      part(form, "save").hidden = true;
      if (!isLook) continue;
      const draw = () => this.#drawForm(form);
      document.addEventListener("appearance", draw, how);
      draw(); // the page may have been fetched before the last change
    }
  }

  leave() {
    this.#left.abort();
  }

  #drawTimes() {
    for (const node of this.#main.querySelectorAll("time[datetime]")) {
      const time = /** @type {HTMLTimeElement} */ (node);
      const format = time.dataset.part === "time" ? formatTime : formatFull;
      time.textContent = format(time.dateTime);
    }
  }

  /** @param {HTMLFormElement} form */
  #drawForm(form) {
    const chosen = /** @type {Record<string, unknown>} */ (this.#appearance.chosen);
    for (const input of form.querySelectorAll("input[type=radio]")) {
      const { name, value } = /** @type {HTMLInputElement} */ (input);
      /** @type {HTMLInputElement} */ (input).checked = chosen[name] === value;
    }
  }

  /** What the button would do. @param {HTMLFormElement} form */
  async #send(form) {
    try {
      const body = new URLSearchParams(/** @type {any} */ (new FormData(form)));
      const response = await fetch(form.action, { method: "POST", body });
      if (!response.ok) throw {};
      say(gettext("Saved."));
    } catch {
      form.submit(); // the page that comes says what is wrong
    }
  }

  /** @param {EventTarget | null} input */
  async #choose(input) {
    const { name, value } = /** @type {HTMLInputElement} */ (input);
    try {
      await this.#appearance.set({ [name]: value });
    } catch (error) {
      say(gettext("Couldn't save. %(reason)s", { reason: refusal(/** @type {any} */ (error)) }));
    }
  }
}
