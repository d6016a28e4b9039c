import { Emitter } from "./lib/emitter.js";
import { locale } from "./lib/gettext.js";

/** @typedef {import('./lib/types.js').RoomSummary} RoomSummary */
/** @typedef {'favourites' | 'rooms' | 'direct'} Section */
/** @typedef {{favourites?: string[], folded?: Section[], revision?: number}} Sidebar */

/** @type {Section[]} as they stand, from above to below */
export const SECTIONS = ["favourites", "rooms", "direct"];

/**
 * How I have arranged my rooms. What I do shows at once; what the server says is the truth, and of
 * two things that it says the later.
 *
 * @extends {Emitter<{change: Arrangement}>}
 */
export class Arrangement extends Emitter {
  /** @type {string[]} */ favourites = [];
  /** @type {Set<Section>} */ folded = new Set();
  /** What the server said last. @type {Sidebar} */
  #told = {};
  #ask;

  /**
   * @param {Sidebar} sidebar
   * @param {(command: import('./lib/types.js').Command) => Promise<any>} ask
   */
  constructor(sidebar, ask) {
    super();
    this.#ask = ask;
    this.reset(sidebar);
  }

  /** A welcome begins anew. @param {Sidebar} sidebar */
  reset(sidebar) {
    this.#told = sidebar;
    this.favourites = [...(sidebar.favourites ?? [])];
    this.folded = new Set(sidebar.folded ?? []);
    this.emit("change", this);
  }

  /** @param {Sidebar} sidebar */
  learn(sidebar) {
    if ((sidebar.revision ?? 0) >= (this.#told.revision ?? 0)) this.reset(sidebar);
  }

  /** @param {string} slug */
  isFavourite(slug) {
    return this.favourites.includes(slug);
  }

  /**
   * A favourite, or one in another place.
   *
   * @param {string} slug
   * @param {string | null} [before] another favourite; null: at the end
   */
  star(slug, before = null) {
    const others = this.favourites.filter((one) => one !== slug);
    const at = before === null ? -1 : others.indexOf(before);
    others.splice(at < 0 ? others.length : at, 0, slug);
    this.favourites = others;
    return this.#say({ type: "room.star", room: slug, before });
  }

  /** @param {string} slug */
  unstar(slug) {
    this.favourites = this.favourites.filter((one) => one !== slug);
    return this.#say({ type: "room.unstar", room: slug });
  }

  /** @param {Section} section @param {boolean} isFolded */
  fold(section, isFolded) {
    if (isFolded) this.folded.add(section);
    else this.folded.delete(section);
    return this.#say({ type: isFolded ? "section.fold" : "section.unfold", section });
  }

  /**
   * Rooms in their sections: favourites in my order, the others by name.
   *
   * @template {RoomSummary} Room
   * @param {Room[]} rooms
   * @returns {Record<Section, Room[]>}
   */
  sections(rooms) {
    const byName = rooms
      .filter(({ slug }) => !this.isFavourite(slug))
      .sort((a, b) => a.name.localeCompare(b.name, locale));
    const known = new Map(rooms.map((room) => [room.slug, room]));
    return {
      favourites: this.favourites.flatMap((slug) => known.get(slug) ?? []),
      rooms: byName.filter(({ kind }) => kind !== "direct"),
      direct: byName.filter(({ kind }) => kind === "direct"),
    };
  }

  /** @param {import('./lib/types.js').Command} command */
  async #say(command) {
    this.emit("change", this);
    try {
      this.learn((await this.#ask(command)).sidebar);
    } catch (error) {
      this.reset(this.#told);
      throw error;
    }
  }
}
