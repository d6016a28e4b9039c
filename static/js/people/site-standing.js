import { Emitter } from "../lib/emitter.js";

/** @typedef {import('../lib/types.js').Muted} Muted */
/** @typedef {import('../lib/types.js').Room} Room */
/** @typedef {import('../protocol.js').Site} Site */

/**
 * My standing on the whole site: whether I am muted, and whether I moderate it. Also by how much
 * the server's clock is ahead of this one, since its times are by its own clock.
 *
 * @extends {Emitter<{change: null}>}
 */
export class SiteStanding extends Emitter {
  /** @type {Muted | null} */ muted;
  staff;
  /** @type {Site | null} */ site;
  ahead = 0;

  /** @param {{muted?: Muted | null, staff?: boolean, site?: Site | null}} [start] */
  constructor({ muted = null, staff = false, site = null } = {}) {
    super();
    this.muted = muted;
    this.staff = staff;
    this.site = site;
  }

  /** Whether I may create rooms. */
  get makesRooms() {
    return this.staff || this.site?.room_makers !== "staff";
  }

  /**
   * @param {{muted?: Muted | null, server_time?: string, waiting?: number | null, site?: Site}} welcome `waiting` is null for anyone who doesn't moderate the site
   * @param {number} [now]
   */
  learn({ muted = null, server_time, waiting, site }, now = Date.now()) {
    this.site = site ?? this.site;
    this.ahead = server_time ? Date.parse(server_time) - now : this.ahead;
    this.muted = muted;
    if (waiting !== undefined) this.staff = waiting !== null;
    this.emit("change", null);
  }

  /** I may have become a moderator, or stopped being one. @param {number | null} waiting */
  appoint(waiting) {
    const staff = waiting !== null;
    if (staff === this.staff) return;
    this.staff = staff;
    this.emit("change", null);
  }

  /** The site's settings changed. @param {Site} site */
  learnSite(site) {
    this.site = site;
    this.emit("change", null);
  }

  /**
   * The server's time in milliseconds, by which posts are dated like messages.
   *
   * @param {number} [now]
   */
  serverTime(now = Date.now()) {
    return now + this.ahead;
  }

  /** A time of the server's, by this device's clock. @param {string} iso */
  timeOf(iso) {
    return Date.parse(iso) - this.ahead;
  }

  /** @param {Pick<Room, 'role'>} room */
  moderates({ role }) {
    return this.staff || role === "owner" || role === "moderator";
  }
}
