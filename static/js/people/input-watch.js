import { clock as realClock } from "../lib/clock.js";
import { Emitter } from "../lib/emitter.js";

/** @typedef {'' | 'resting' | 'idle'} Rest */

const RESTING_MS = 60_000;
const IDLE_MS = 600_000;
const INPUTS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "scroll", "focus"];

/**
 * Whether somebody is at this tab: `resting` after a minute without input, `idle` after ten. A tab
 * in the background has no input, and one that begins there rests.
 *
 * @extends {Emitter<{change: Rest}>}
 */
export class InputWatch extends Emitter {
  /** @type {Rest} */ rest = "";
  /** @type {any} */ #timer = null;
  #last;
  #clock;

  /** @param {Document} page @param {import('../lib/clock.js').Clock} [clock] */
  constructor(page, clock = realClock) {
    super();
    this.#clock = clock;
    this.#last = clock.now();
    if (page.visibilityState === "hidden") this.#last -= RESTING_MS;
    const note = () => this.#note();
    for (const type of INPUTS) page.addEventListener(type, note, { capture: true, passive: true });
    page.addEventListener("visibilitychange", () => {
      if (page.visibilityState === "visible") note();
    });
    this.#look();
  }

  #note() {
    this.#last = this.#clock.now();
    if (this.rest) this.#look();
  }

  #look() {
    this.#clock.cancel(this.#timer);
    const passed = this.#clock.now() - this.#last;
    const next = passed >= RESTING_MS ? IDLE_MS : RESTING_MS;
    if (passed < IDLE_MS) this.#timer = this.#clock.after(() => this.#look(), next - passed);
    const rest = passed >= IDLE_MS ? "idle" : passed >= RESTING_MS ? "resting" : "";
    if (rest === this.rest) return;
    this.rest = rest;
    this.emit("change", rest);
  }
}

/**
 * Tell the server whether somebody is at this tab. A connection that is made anew says so from the
 * start, so that nobody who is away seems to come back.
 *
 * @param {import('../connection/socket.js').ChatSocket} socket
 * @param {InputWatch} watch
 */
export function wireInput(socket, watch) {
  /** @type {Rest | null} */ let told = null;
  socket.query = () => {
    told = watch.rest;
    return told && `?${told}`;
  };
  const tell = () => {
    const { rest } = watch;
    if (socket.connection.state !== "open" || told === rest) return;
    told = rest;
    const command = { type: "presence.idle", idle: rest === "idle", resting: rest === "resting" };
    socket.request(command).catch(() => {
      told = null; // said again with the next change
    });
  };
  watch.on("change", tell);
  socket.on("change", tell);
}
