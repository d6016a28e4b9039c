import { isWanted, rings } from "./wishes.js";

/** @typedef {import('../lib/types.js').ServerEvent} ServerEvent */

/**
 * @typedef {object} World
 * @property {{id: number}} me
 * @property {(room: string) => {name: string, kind: string, read_number: number} | undefined} roomOf
 * @property {(room: string) => boolean} isLooking whether the reader is at this room, with the window in front
 * @property {(room: string, number: number) => boolean} hasSeen
 * @property {(room: string, number: number) => string} addressOf
 * @property {(pathname: string) => void} visit
 */

const HEARD = new Set([
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

  /** @param {World} world */
  constructor(world) {
    this.#world = world;
    // A click on a notification, when a window of ours is open.
    navigator.serviceWorker?.addEventListener("message", ({ data }) => {
      if (data?.visit) world.visit(data.visit);
    });
    if (isWanted(world.me.id)) this.#keep();
  }

  /** @param {ServerEvent} event */
  hear(event) {
    const { me } = this.#world;
    if (!HEARD.has(event.type) || !(isWanted(me.id) || rings(me.id))) return;
    this.#desktop ??= import("./desktop.js").then(({ Desktop }) => new Desktop(this.#world));
    this.#desktop
      .then((desktop) => desktop.hear(event))
      .catch(() => {
        this.#desktop = null; // loaded again with the next event
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
