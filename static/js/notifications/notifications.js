import { gettext } from "../lib/gettext.js";
import { offer } from "../lib/toast.js";
import { hint, isOffered, isWanted, rings, wasHinted } from "./wishes.js";

/** @typedef {import('../lib/types.js').ServerEvent} ServerEvent */

/**
 * @typedef {object} World
 * @property {{id: number}} me
 * @property {(room: string) => {name: string, kind: string, read_number: number} | undefined} roomOf
 * @property {(room: string) => boolean} isLooking whether the reader is at this room, with the window in front
 * @property {(room: string, number: number) => boolean} hasSeen
 * @property {(room: string, number: number) => string} addressOf
 * @property {(pathname: string) => void} visit
 * @property {string} inbox its address
 */

const HINT_SECONDS = 20;
const HEARD = new Set([
  "activity.changed",
  "ignored.changed",
  "message.deleted",
  "notification",
  "notification.withdrawn",
  "read.changed",
  "reads.changed",
  "welcome",
]);

/**
 * What this browser shows outside of the page. Whoever didn't ask for it doesn't load the rest of
 * it.
 */
export class Notifications {
  #world;
  /** @type {Promise<import('./desktop.js').Desktop> | null} */ #desktop = null;
  /** Something for me came while this tab was hidden, and no notification. */ #missed = false;

  /** @param {World} world */
  constructor(world) {
    this.#world = world;
    // A click on a notification, when a window of ours is open.
    navigator.serviceWorker?.addEventListener("message", ({ data }) => {
      if (data?.visit) world.visit(data.visit);
    });
    if (isWanted(world.me.id)) this.#keep();
    globalThis.document?.addEventListener("visibilitychange", () => this.#back());
  }

  /** @param {ServerEvent} event */
  hear(event) {
    const { me } = this.#world;
    if (event.type === "notification" && globalThis.document?.hidden) this.#missed = true;
    if (!HEARD.has(event.type) || !(isWanted(me.id) || rings(me.id))) return;
    this.#desktop ??= import("./desktop.js").then(({ Desktop }) => new Desktop(this.#world));
    this.#desktop
      .then((desktop) => desktop.hear(event))
      .catch(() => {
        this.#desktop = null; // loaded again with the next event
      });
  }

  /** Once in each browser, whoever missed something hears that they could be told. */
  #back() {
    const { me, visit, inbox } = this.#world;
    if (document.hidden || !this.#missed) return;
    this.#missed = false;
    if (!isOffered(me.id) || wasHinted(me.id)) return;
    hint(me.id);
    offer(gettext("There was a message for you while you were elsewhere."), {
      label: gettext("Get told…"),
      take: () => visit(inbox),
      seconds: HINT_SECONDS,
      undoes: false,
    });
  }

  /** The site forgets a browser with its session, and the push service when it likes. */
  async #keep() {
    try {
      const { subscribe } = await import("./push.js");
      await subscribe();
    } catch {
      // Offline, or a browser without push: the page tells while it is open.
    }
  }
}
