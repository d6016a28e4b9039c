/**
 * @typedef {object} Pause
 * @property {any} timer
 * @property {number} until in milliseconds
 * @property {boolean} away whether the room's posts wait for the site's storage
 */

/** Rooms to which nothing is sent for a while. */
export class RoomPauses {
  /** @type {Map<string, Pause>} */
  #pauses = new Map();
  #clock;

  /** @param {import('../lib/clock.js').Clock} clock */
  constructor(clock) {
    this.#clock = clock;
  }

  /** @param {string} room */
  has(room) {
    return this.#pauses.has(room);
  }

  /** @param {string} room */
  isAway(room) {
    return this.#pauses.get(room)?.away === true;
  }

  get awayRooms() {
    return [...this.#pauses.keys()].filter((room) => this.isAway(room));
  }

  /** When the first room is tried again whose posts wait for the storage, in milliseconds. */
  get awayUntil() {
    const ends = this.awayRooms.map((room) => this.#pauses.get(room)?.until ?? 0);
    return ends.length > 0 ? Math.min(...ends) : null;
  }

  /** @param {string} room @param {{seconds: number, away: boolean}} how @param {() => void} over */
  begin(room, { seconds, away }, over) {
    const timer = this.#clock.after(over, seconds * 1000);
    this.#pauses.set(room, { timer, until: this.#clock.now() + seconds * 1000, away });
  }

  /** @param {string} room */
  end(room) {
    this.#clock.cancel(this.#pauses.get(room)?.timer);
    this.#pauses.delete(room);
  }

  clear() {
    for (const room of [...this.#pauses.keys()]) this.end(room);
  }
}
