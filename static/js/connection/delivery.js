import { clock as realClock } from "../lib/clock.js";
import { gettext, ngettext } from "../lib/gettext.js";
import { connectionLabel } from "../lib/labels.js";

/** @typedef {import('../room/session.js').RoomSession} RoomSession */

const KEPT = 10; // round trips
const REASONS = {
  lost: gettext("lost"),
  offline: gettext("device offline"),
  busy: gettext("server busy"),
  restarting: gettext("server restarting"),
  intercepted: gettext("another page is answering"),
  "signed-out": gettext("signed out"),
  banned: gettext("banned"),
  left: gettext("page closed"),
};

/**
 * Statistics about the connection since the page was loaded, for the curious and for bug reports.
 */
export class Delivery {
  reconnects = 0;
  /** @type {number[]} milliseconds, newest last */
  roundTrips = [];
  /** @type {number | null} when the connection opened, in milliseconds */
  #openSince = null;
  #opened = false;
  #socket;
  #clock;

  /**
   * @param {import('./socket.js').ChatSocket} socket
   * @param {import('../lib/clock.js').Clock} [clock]
   */
  constructor(socket, clock = realClock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.on("change", ({ state }) => this.#become(state));
  }

  /** @param {import('./socket.js').Connection['state']} state */
  #become(state) {
    if (state === "open" && this.#openSince === null) {
      if (this.#opened) this.reconnects += 1;
      this.#opened = true;
      this.#openSince = this.#clock.now();
    } else if (state !== "open") {
      this.#openSince = null;
    }
  }

  /** Measure one round trip; without a connection, nothing. */
  async measure() {
    const begin = this.#clock.now();
    try {
      await this.#socket.request({ type: "ping" });
    } catch {
      return;
    }
    this.roundTrips = [...this.roundTrips, this.#clock.now() - begin].slice(-KEPT);
  }

  /**
   * The facts to show, as names and values.
   *
   * @param {RoomSession | null} session of the current room
   * @returns {[string, string][]}
   */
  facts(session) {
    const facts = [
      [gettext("Connection"), this.#line()],
      [gettext("Reconnected"), times(this.reconnects)],
      [gettext("Round trip"), this.#roundTrip()],
    ];
    if (session) {
      const { room, timeline, gaps } = session;
      const { messages, posts } = timeline;
      facts.push(
        [gettext("Room"), room.slug],
        [gettext("Revision"), String(timeline.revision)],
        [gettext("Newest message"), String(timeline.lastNumber)],
        [gettext("Messages on this page"), span(messages.map(({ number }) => number))],
        [
          gettext("Waiting to be sent"),
          String(posts.filter(({ state }) => state === "pending").length),
        ],
        [gettext("Gaps found and filled"), times(gaps)],
      );
    }
    return /** @type {[string, string][]} */ (facts);
  }

  #line() {
    const { connection } = this.#socket;
    const { reason } = connection;
    if (this.#openSince === null || connection.doubtful) {
      const how = connectionLabel(connection);
      return reason ? gettext("%(how)s (%(why)s)", { how, why: REASONS[reason] }) : how;
    }
    const seconds = Math.round((this.#clock.now() - this.#openSince) / 1000);
    return seconds < 120
      ? gettext("open for %(seconds)s s", { seconds })
      : gettext("open for %(minutes)s min", { minutes: Math.round(seconds / 60) });
  }

  #roundTrip() {
    const sorted = [...this.roundTrips].sort((a, b) => a - b);
    if (!sorted.length) return gettext("not measured yet");
    const middle = sorted[Math.floor(sorted.length / 2)];
    return ngettext(
      "%(middle)s ms (%(least)s to %(most)s ms in %(count)s try)",
      "%(middle)s ms (%(least)s to %(most)s ms in %(count)s tries)",
      sorted.length,
      { middle, least: sorted[0], most: sorted.at(-1) ?? 0 },
    );
  }
}

/** @param {number} count */
const times = (count) =>
  count === 0 ? gettext("never") : ngettext("%(count)s time", "%(count)s times", count);

/** @param {number[]} numbers ascending */
const span = (numbers) =>
  numbers.length
    ? gettext("%(count)s (%(first)s to %(last)s)", {
        count: numbers.length,
        first: numbers[0],
        last: numbers.at(-1) ?? 0,
      })
    : gettext("none");
