import { Emitter } from "../lib/emitter.js";
import { locale } from "../lib/gettext.js";

/** @typedef {import('../lib/types.js').RoomSummary} RoomSummary */
/** @typedef {import('../lib/types.js').OwnSection} OwnSection */
/** @typedef {string} Section 'favourites', 'rooms', 'direct', or the id of one of my own */
/** @typedef {Partial<import('../lib/types.js').Sidebar>} Sidebar */

/**
 * How I arranged my rooms. My changes show at once; the server's state is the truth, and its latest
 * one counts.
 *
 * @extends {Emitter<{change: Arrangement}>}
 */
export class Arrangement extends Emitter {
  /** @type {string[]} */ favourites = [];
  /** My own sections, from top to bottom. @type {OwnSection[]} */ own = [];
  /** @type {Set<Section>} */ folded = new Set();
  /** The server's latest state. @type {Sidebar} */
  #told = {};
  #ask;

  /**
   * @param {Sidebar} sidebar
   * @param {(command: import('../lib/types.js').Command) => Promise<any>} ask
   */
  constructor(sidebar, ask) {
    super();
    this.#ask = ask;
    this.reset(sidebar);
  }

  /** A welcome starts over. @param {Sidebar} sidebar */
  reset(sidebar) {
    // An older server knows nothing of sections, and leaves them as they are.
    const { sections = this.#told.sections ?? [], folded = [], favourites = [] } = sidebar;
    this.#told = { ...sidebar, sections };
    this.favourites = [...favourites];
    this.own = [...sections];
    const mine = sections.filter((one) => one.folded).map(({ id }) => id);
    this.folded = new Set([...folded, ...mine]);
    this.emit("change", this);
  }

  /** @param {Sidebar} sidebar */
  learn(sidebar) {
    if ((sidebar.revision ?? 0) >= (this.#told.revision ?? 0)) this.reset(sidebar);
  }

  /** The sections from top to bottom. @returns {Section[]} */
  get order() {
    return ["favourites", ...this.own.map(({ id }) => id), "rooms", "direct"];
  }

  /** @param {string} slug */
  isFavourite(slug) {
    return this.favourites.includes(slug);
  }

  /** Where I put a room; null: nowhere, so it is among the others. @param {string} slug */
  placeOf(slug) {
    if (this.isFavourite(slug)) return "favourites";
    return this.own.find(({ rooms }) => rooms.includes(slug))?.id ?? null;
  }

  /**
   * Add a favourite, or move it.
   *
   * @param {string} slug
   * @param {string | null} [before] another favourite; null: to the end
   */
  star(slug, before = null) {
    this.#takeOut(slug);
    this.favourites = inserted(this.favourites, slug, before);
    return this.#say({ type: "room.star", room: slug, before });
  }

  /** @param {string} slug */
  unstar(slug) {
    this.favourites = this.favourites.filter((one) => one !== slug);
    return this.#say({ type: "room.unstar", room: slug });
  }

  /**
   * Put a room somewhere, in my order.
   *
   * @param {string} slug
   * @param {Section | null} section favourites or one of my own; null: back among the others
   * @param {string | null} [before] another room there; null: to the end
   */
  place(slug, section, before = null) {
    if (section === "favourites") return this.star(slug, before);
    this.#takeOut(slug);
    this.own = this.own.map((one) =>
      one.id === section ? { ...one, rooms: inserted(one.rooms, slug, before) } : one,
    );
    return this.#say({ type: "room.place", room: slug, section, before });
  }

  /** Its id comes from the server. @param {string} name @param {string | null} room to put there */
  make(name, room) {
    return this.#say({ type: "section.make", name, room });
  }

  /** @param {Section} section @param {string} name */
  rename(section, name) {
    this.own = this.own.map((one) => (one.id === section ? { ...one, name } : one));
    return this.#say({ type: "section.rename", section, name });
  }

  /** @param {Section} section @param {Section | null} before another of my own; null: to the end */
  move(section, before) {
    const order = this.own.map(({ id }) => id).filter((id) => id !== section);
    const known = new Map(this.own.map((one) => [one.id, one]));
    this.own = inserted(order, section, before).flatMap((id) => known.get(id) ?? []);
    return this.#say({ type: "section.move", section, before });
  }

  /** Its rooms go back among the others. @param {Section} section */
  remove(section) {
    this.own = this.own.filter(({ id }) => id !== section);
    return this.#say({ type: "section.delete", section });
  }

  /** @param {Section} section @param {boolean} isFolded */
  fold(section, isFolded) {
    if (isFolded) this.folded.add(section);
    else this.folded.delete(section);
    return this.#say({ type: isFolded ? "section.fold" : "section.unfold", section });
  }

  /**
   * Rooms in their sections: favourites and my own in my order, the others by name.
   *
   * @template {RoomSummary} Room
   * @param {Room[]} rooms
   * @returns {Record<Section, Room[]>}
   */
  sections(rooms) {
    const placed = new Set([...this.favourites, ...this.own.flatMap((one) => one.rooms)]);
    const byName = rooms
      .filter(({ slug }) => !placed.has(slug))
      .sort((a, b) => a.name.localeCompare(b.name, locale));
    const known = new Map(rooms.map((room) => [room.slug, room]));
    const arranged = (/** @type {string[]} */ slugs) =>
      slugs.flatMap((slug) => known.get(slug) ?? []);
    /** @type {Record<Section, Room[]>} */
    const sections = {
      favourites: arranged(this.favourites),
      rooms: byName.filter(({ kind }) => kind !== "direct"),
      direct: byName.filter(({ kind }) => kind === "direct"),
    };
    // Starred by an older version, a room may still be in a section, too.
    for (const { id, rooms: slugs } of this.own)
      sections[id] = arranged(slugs.filter((slug) => !this.isFavourite(slug)));
    return sections;
  }

  /** A room is in one place. @param {string} slug */
  #takeOut(slug) {
    this.favourites = this.favourites.filter((one) => one !== slug);
    this.own = this.own.map((one) => ({
      ...one,
      rooms: one.rooms.filter((room) => room !== slug),
    }));
  }

  /** @param {import('../lib/types.js').Command} command */
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

/** @param {string[]} others @param {string} one @param {string | null} before */
function inserted(others, one, before) {
  const at = before === null ? -1 : others.indexOf(before);
  return others.toSpliced(at < 0 ? others.length : at, 0, one);
}
