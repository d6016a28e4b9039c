import { backoffSeconds } from "./lib/backoff.js";
import { clock as realClock } from "./lib/clock.js";
import { Emitter } from "./lib/emitter.js";

/** @typedef {import('./lib/types.js').ServerEvent} ServerEvent */
/** @typedef {import('./lib/types.js').Command} Command */

const PING_SECONDS = 25; // below the idle timeouts of common proxies (60 s), twice
const RESTART_ATTEMPTS = 6; // within about half a minute; then it is no restart any more
const DEADLINE_SECONDS = 10; // nothing said for so long: the line is dead, whatever the browser thinks
const AWAKE_SECONDS = 1; // the same for a line that has been silent for long when somebody comes back
const STEADY_SECONDS = 10; // a line that stood for so long was a good one: the pauses begin anew
const DOUBT_SECONDS = 2; // longer than a good line takes to answer, sooner than anyone wonders
const ATTEMPTS_BEFORE_ASKING = 4; // failed handshakes in a row, some seconds, until we ask who answers
const ANSWER_SECONDS = 60; // three times what a busy database may take; then the answer was lost
const LINES = 3; // that live and leave a command unanswered; then there is no answer to it

/** Why there is no connection, for the banner. 'intercepted': something else answers at our address. */
/** @typedef {'' | 'lost' | 'offline' | 'busy' | 'restarting' | 'intercepted' | 'signed-out' | 'banned' | 'left'} Reason */
/** `doubtful`: open, but what was asked has not been answered for some seconds. */
/** @typedef {{state: 'connecting' | 'open' | 'closed', reason: Reason, retryAt: number | null, farewell?: import("./farewells.js").Farewell, doubtful?: boolean}} Connection */

/** A command that the server refused, or never answered. */
export class CommandError extends Error {
  /** @param {{code: string, detail?: string, retry_after?: number}} error */
  constructor({ code, detail, retry_after }) {
    super(detail || code);
    this.code = code;
    this.detail = detail;
    this.retryAfter = retry_after;
  }
}

/**
 * @typedef {object} Waiting
 * @property {Command} command
 * @property {boolean} keep
 * @property {boolean} sent
 * @property {number} since when it was first asked on this line, in milliseconds
 * @property {number} lines on which it was never answered, though they lived
 * @property {(reply: any) => void} resolve
 * @property {(error: CommandError) => void} reject
 * @property {any} timer
 */

/**
 * The tab's one connection. It comes back by itself, and what was asked with `keep` is asked again
 * afterwards, in the order in which it was asked first: such commands are harmless twice (a post
 * carries its nonce), so the only wrong answer would be to forget one.
 *
 * @extends {Emitter<{change: Connection, event: ServerEvent}>}
 */
export class ChatSocket extends Emitter {
  /** @type {Connection} */
  connection = { state: "connecting", reason: "", retryAt: null };
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Map<string, Waiting>} in the order in which they were asked */
  #waiting = new Map();
  #refs = 0;
  #attempt = 0;
  #restartIn = 0;
  #lastHeard = 0;
  #intercepted = false;
  /** Why the session is over. @type {import("./farewells.js").Farewell | undefined} */
  #farewell;
  /** @type {any} */ #retryTimer = null;
  /** @type {any} */ #pingTimer = null;
  /** @type {any} */ #deadlineTimer = null;
  /** @type {any} */ #steadyTimer = null;
  /** @type {any} */ #doubtTimer = null;
  #url;
  #clock;
  #random;
  #WebSocket;
  #isIntercepted;

  /**
   * @param {string} url
   * @param {object} [world]
   * @param {import('./lib/clock.js').Clock} [world.clock]
   * @param {() => number} [world.random]
   * @param {any} [world.WebSocket]
   * @param {() => Promise<boolean>} [world.isIntercepted] whether something else answers in our place
   */
  constructor(
    url,
    {
      clock = realClock,
      random = Math.random,
      WebSocket = globalThis.WebSocket,
      isIntercepted = async () => false,
    } = {},
  ) {
    super();
    this.#url = url;
    this.#clock = clock;
    this.#random = random;
    this.#WebSocket = WebSocket;
    this.#isIntercepted = isIntercepted;
  }

  connect() {
    if (this.#socket) return;
    this.#clock.cancel(this.#retryTimer);
    const socket = new this.#WebSocket(this.#url, ["chatsite.v1"]);
    this.#socket = socket;
    this.#become("connecting", this.connection.reason);
    // A handshake that hangs (a captive portal, a sleeping proxy) never closes by itself.
    this.#deadlineTimer = this.#clock.after(() => this.#drop(socket), DEADLINE_SECONDS * 1000);
    socket.onmessage = (/** @type {MessageEvent} */ frame) => {
      if (socket === this.#socket) this.#hear(JSON.parse(frame.data));
    };
    socket.onclose = (/** @type {CloseEvent} */ { code }) => {
      if (socket === this.#socket) this.#lose(code);
    };
  }

  /** Leaves for good: a page that is going away does not come back by itself. */
  close() {
    const socket = this.#socket;
    this.#lose(1000, "left");
    socket?.close(1000);
  }

  /** The reader's 'Try now', the browser's 'online', a tab that is looked at again. */
  wake() {
    if (this.connection.state === "closed" && this.connection.retryAt === null) return;
    if (!this.#socket) return this.connect();
    // While the machine slept the server has given us up, and nobody could say so.
    const slept = this.#clock.now() - this.#lastHeard > 2 * PING_SECONDS * 1000;
    if (slept && this.connection.state === "open") {
      // A timer that was late may have asked already, and has more patience.
      this.#clock.cancel(this.#deadlineTimer);
      this.#deadlineTimer = null;
    }
    this.#ping(slept ? AWAKE_SECONDS : DEADLINE_SECONDS);
  }

  offline() {
    // The browser may be wrong, so the line is tested, not dropped.
    if (this.#socket) this.#ping();
    else if (this.connection.retryAt !== null) {
      this.#become("closed", "offline", this.connection.retryAt);
    }
  }

  /**
   * Asks, and resolves with the reply or rejects with a CommandError. Kept commands survive a
   * lost connection and fail with time only when several lines left them unanswered; the others
   * fail with it ('offline') or with time ('timeout').
   *
   * @param {Command} command
   * @param {{keep?: boolean}} [how]
   * @returns {Promise<any>}
   */
  request(command, { keep = false } = {}) {
    const open = this.connection.state === "open";
    if (!open && !keep) return Promise.reject(new CommandError({ code: "offline" }));
    this.#refs += 1;
    const ref = String(this.#refs);
    return new Promise((resolve, reject) => {
      const waiting = {
        command: { ...command, ref },
        keep,
        sent: false,
        since: 0,
        lines: 0,
        resolve,
        reject,
        timer: null,
      };
      this.#waiting.set(ref, waiting);
      if (open) this.#transmit(waiting);
    });
  }

  /** Says something that needs no reply and is worth nothing later. @param {Command} command */
  tell(command) {
    if (this.connection.state === "open") this.#socket?.send(frameOf(command));
  }

  /** @param {Waiting} waiting */
  #transmit(waiting) {
    waiting.sent = true;
    waiting.since = this.#clock.now();
    this.#socket?.send(frameOf(waiting.command));
    this.#expectAnswer();
    this.#await(waiting);
  }

  /** @param {Waiting} waiting */
  #await(waiting) {
    waiting.timer = this.#clock.after(() => this.#overdue(waiting), DEADLINE_SECONDS * 1000);
  }

  /** @param {Waiting} waiting */
  #overdue(waiting) {
    if (!waiting.keep) {
      return this.#settle(waiting.command.ref)?.reject(new CommandError({ code: "timeout" }));
    }
    // A kept command is answered on this line or asked again on the next: find out which it is.
    if (this.#clock.now() - waiting.since >= ANSWER_SECONDS * 1000) {
      waiting.lines += 1;
      // What no line has an answer to would hold up for ever what waits behind it.
      if (waiting.lines >= LINES)
        this.#settle(waiting.command.ref)?.reject(new CommandError({ code: "timeout" }));
      return this.#drop(this.#socket);
    }
    this.#ping();
    this.#await(waiting);
  }

  /** @param {ServerEvent} event */
  #hear(event) {
    this.#lastHeard = this.#clock.now();
    this.#clock.cancel(this.#deadlineTimer);
    this.#deadlineTimer = null;
    this.#trust();
    if (event.type === "ok") return this.#settle(event.ref)?.resolve(event);
    if (event.type === "error") {
      return this.#settle(event.ref)?.reject(new CommandError(/** @type {any} */ (event)));
    }
    if (event.type === "server.restarting") this.#restartIn = event.retry_in ?? 1;
    if (event.type === "session.ended") this.#farewell = /** @type {any} */ (event);
    if (event.type === "welcome") this.#open();
    try {
      this.emit("event", event);
    } finally {
      // After the listeners, and whatever became of them: a room is opened before what was left
      // unsaid is said, so that the replies find the timeline caught up.
      if (event.type === "welcome") this.#resend();
    }
  }

  #open() {
    this.#restartIn = 0;
    this.#intercepted = false;
    // Not at once: lines that open and are closed again would be a loop without a pause.
    this.#steadyTimer = this.#clock.after(() => {
      this.#attempt = 0;
    }, STEADY_SECONDS * 1000);
    this.#become("open", "");
    this.#schedulePing();
  }

  #resend() {
    const left = [...this.#waiting.values()].filter((waiting) => waiting.keep && !waiting.sent);
    for (const waiting of left) this.#transmit(waiting);
  }

  #schedulePing() {
    this.#clock.cancel(this.#pingTimer);
    this.#pingTimer = this.#clock.after(() => {
      const quiet = this.#clock.now() - this.#lastHeard;
      if (quiet >= PING_SECONDS * 500) this.#ping();
      this.#schedulePing();
    }, PING_SECONDS * 1000);
  }

  #ping(seconds = DEADLINE_SECONDS) {
    const socket = this.#socket;
    if (this.connection.state !== "open" || !socket || this.#deadlineTimer !== null) return;
    socket.send(JSON.stringify({ type: "ping" }));
    this.#expectAnswer();
    this.#deadlineTimer = this.#clock.after(() => this.#drop(socket), seconds * 1000);
  }

  /** Until something is heard, the line is in doubt: it must not be shown as good. */
  #expectAnswer() {
    if (this.#doubtTimer !== null || this.connection.doubtful) return;
    this.#doubtTimer = this.#clock.after(() => {
      this.#doubtTimer = null;
      if (this.connection.state !== "open") return;
      this.#ping();
      this.connection = { ...this.connection, doubtful: true };
      this.emit("change", this.connection);
    }, DOUBT_SECONDS * 1000);
  }

  #trust() {
    this.#clock.cancel(this.#doubtTimer);
    this.#doubtTimer = null;
    if (!this.connection.doubtful) return;
    this.connection = { ...this.connection, doubtful: false };
    this.emit("change", this.connection);
  }

  /** Gives a silent line up without waiting for the browser's own timeout (minutes). @param {any} socket */
  #drop(socket) {
    if (socket !== this.#socket) return;
    this.#lose(1006);
    socket.close();
  }

  /**
   * @param {number} code
   * @param {Reason} [because]
   */
  #lose(code, because) {
    this.#socket = null;
    for (const timer of [
      this.#retryTimer,
      this.#pingTimer,
      this.#deadlineTimer,
      this.#steadyTimer,
      this.#doubtTimer,
    ]) {
      this.#clock.cancel(timer);
    }
    this.#deadlineTimer = null;
    this.#doubtTimer = null;
    for (const waiting of [...this.#waiting.values()]) {
      this.#clock.cancel(waiting.timer);
      waiting.sent = false;
      if (!waiting.keep) {
        this.#settle(waiting.command.ref)?.reject(new CommandError({ code: "offline" }));
      }
    }
    const final = because ?? (code === 4401 ? "signed-out" : code === 4403 ? "banned" : null);
    if (final) return this.#become("closed", final);
    const sentBack = code === 1012 || code === 4012;
    const announced = this.#restartIn > 0 || (sentBack && this.connection.state === "open");
    // The first attempts find a server that is not back yet: that is the same restart.
    const restarting =
      announced || (this.connection.reason === "restarting" && this.#attempt < RESTART_ATTEMPTS);
    if (restarting) this.#retry("restarting");
    // Turned away at the door: too many at once, or no storage to ask who this is.
    else if (sentBack || code === 4429) this.#retry("busy");
    else if (globalThis.navigator?.onLine === false) this.#retry("offline");
    else this.#retry(this.#intercepted ? "intercepted" : "lost");
  }

  /** A network's sign-in page answers every handshake: only a request can tell it from an outage. */
  async #askWhoAnswers() {
    this.#intercepted = await this.#isIntercepted();
    const { state, reason, retryAt } = this.connection;
    if (state !== "closed" || !["lost", "intercepted"].includes(reason)) return;
    this.#become("closed", this.#intercepted ? "intercepted" : "lost", retryAt);
  }

  /** @param {Reason} reason */
  #retry(reason) {
    // The announced pause comes first, and everybody's own share of chance after it.
    const seconds = this.#restartIn + backoffSeconds(this.#attempt, this.#random);
    this.#attempt += 1;
    this.#restartIn = 0;
    const retryAt = this.#clock.now() + seconds * 1000;
    this.#retryTimer = this.#clock.after(() => this.connect(), seconds * 1000);
    this.#become("closed", reason, retryAt);
    const failedInARow = this.#attempt >= ATTEMPTS_BEFORE_ASKING;
    if (failedInARow && ["lost", "intercepted"].includes(reason)) this.#askWhoAnswers();
  }

  /** @param {string} [ref] */
  #settle(ref) {
    const waiting = this.#waiting.get(ref ?? "");
    if (!waiting) return undefined;
    this.#waiting.delete(waiting.command.ref);
    this.#clock.cancel(waiting.timer);
    return waiting;
  }

  /**
   * @param {Connection['state']} state
   * @param {Reason} reason
   * @param {number | null} [retryAt]
   */
  #become(state, reason, retryAt = null) {
    this.connection = { state, reason, retryAt, farewell: this.#farewell };
    this.emit("change", this.connection);
  }
}

/**
 * A command as it is sent. Half of a surrogate pair, such as a cut emoji leaves behind, can be written
 * in JSON and nowhere else: it goes as U+FFFD.
 *
 * @param {Command} command
 */
const frameOf = (command) =>
  JSON.stringify(command, (_, value) => (typeof value === "string" ? value.toWellFormed() : value));
