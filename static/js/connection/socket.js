import { backoffSeconds } from "../lib/backoff.js";
import { clock as realClock } from "../lib/clock.js";
import { Emitter } from "../lib/emitter.js";
import { CLOSE, VERSION } from "../protocol.js";
import { DEADLINE_SECONDS, PendingCommands } from "./pending-commands.js";

/** @typedef {import('../lib/types.js').ServerEvent} ServerEvent */
/** @typedef {import('../lib/types.js').Command} Command */

const PING_SECONDS = 25; // less than half the idle timeout of common proxies (60 s)
const RESTART_ATTEMPTS = 6; // about half a minute; longer than that isn't a restart
const AWAKE_SECONDS = 1; // the deadline for a line that was silent for long when the user comes back
const STEADY_SECONDS = 10; // a line that lasted this long was good: backoff starts over
const DOUBT_SECONDS = 2; // longer than a good line takes to answer, sooner than anyone wonders
const PATIENCE_SECONDS = 2.5; // with the doubt before it, the reader is told within 5 s
const SLOWER = 4; // times the slowest answer lately: a slow line isn't a dead one
const ATTEMPTS_BEFORE_ASKING = 4; // failed handshakes in a row (some seconds) before asking who answers

/** Closes after which the session is over. @type {Map<number, Reason>} */
const FINAL = new Map([
  [CLOSE.SIGNED_OUT, "signed-out"],
  [CLOSE.BANNED, "banned"],
]);
/** @type {Set<number>} */
const RESTARTS = new Set([CLOSE.RESTART, CLOSE.RESTART_PLAIN]);
const LOST = 1006; // what a browser reports when nobody said goodbye
const DONE = 1000;

/**
 * Why there is no connection, for the banner. 'intercepted': something else answers at our address.
 */
/** @typedef {'' | 'lost' | 'offline' | 'busy' | 'restarting' | 'intercepted' | 'signed-out' | 'banned' | 'left'} Reason */
/**
 * `doubtful`: open, but a command has gone unanswered for some seconds. `silent`: a ping as well, for
 * longer than this line takes.
 */
/** @typedef {{state: 'connecting' | 'open' | 'closed', reason: Reason, retryAt: number | null, farewell?: import("./farewells.js").Farewell, doubtful?: boolean, silent?: boolean}} Connection */

/**
 * The tab's one connection. It reconnects by itself and then sends the commands again that were asked
 * with `keep`.
 *
 * @extends {Emitter<{change: Connection, event: ServerEvent}>}
 */
export class ChatSocket extends Emitter {
  /** @type {Connection} */
  connection = { state: "connecting", reason: "", retryAt: null };
  /** @type {WebSocket | null} */
  #socket = null;
  /** What the address says of this tab. */
  query = () => "";
  #attempt = 0;
  #restartIn = 0;
  #lastHeard = 0;
  /** Since when an answer is owed; null: none is. @type {number | null} */
  #askedAt = null;
  #slowestMs = 0; // of the answers lately
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
  #commands;

  /**
   * @param {string} url
   * @param {object} [world]
   * @param {import('../lib/clock.js').Clock} [world.clock]
   * @param {() => number} [world.random]
   * @param {any} [world.WebSocket]
   * @param {() => Promise<boolean>} [world.isIntercepted] whether something else answers at our
   *   address
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
    const line = {
      send: (/** @type {Command} */ command) => this.#sendCommand(command),
      ping: () => this.#ping(),
      drop: () => this.#drop(this.#socket),
    };
    this.#commands = new PendingCommands(line, clock);
  }

  connect() {
    if (this.#socket) return;
    this.#clock.cancel(this.#retryTimer);
    const socket = new this.#WebSocket(this.#url + this.query(), [VERSION]);
    this.#socket = socket;
    this.#askedAt = this.#clock.now();
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

  /** Close for good: a page that is going away doesn't reconnect. */
  close() {
    const socket = this.#socket;
    this.#lose(DONE, "left");
    socket?.close(DONE);
  }

  /** The reader's 'Try now', the browser's 'online' event, or a tab that becomes visible. */
  wake() {
    if (this.connection.state === "closed" && this.connection.retryAt === null) return;
    if (!this.#socket) return this.connect();
    // The server gave up on us while the machine slept, and couldn't say so.
    const slept = this.#clock.now() - this.#lastHeard > 2 * PING_SECONDS * 1000;
    if (slept && this.connection.state === "open") {
      // A late timer may have sent a ping already, with a longer deadline.
      this.#clock.cancel(this.#deadlineTimer);
      this.#deadlineTimer = null;
    }
    if (slept) this.#ping(AWAKE_SECONDS);
    else this.#ping();
  }

  /** The reader doesn't want to wait for an answer on this line. */
  restart() {
    this.#attempt = 0;
    this.#drop(this.#socket);
    this.connect();
  }

  offline() {
    // The browser may be wrong, so the line is tested instead of dropped.
    if (this.#socket) this.#ping();
    else if (this.connection.retryAt !== null) {
      this.#become("closed", "offline", this.connection.retryAt);
    }
  }

  /**
   * Send a command; resolves with the reply or rejects with a CommandError. Kept commands survive a
   * lost connection, and time out only if several lines left them unanswered. Others fail with the
   * connection ('offline') or time out ('timeout').
   *
   * @param {Command} command
   * @param {{keep?: boolean}} [how]
   * @returns {Promise<any>}
   */
  request(command, { keep = false } = {}) {
    return this.#commands.request(command, { keep, isOpen: this.connection.state === "open" });
  }

  /** Send something that needs no reply and would be worthless later. @param {Command} command */
  tell(command) {
    if (this.connection.state === "open") this.#socket?.send(frameOf(command));
  }

  /** @param {Command} command */
  #sendCommand(command) {
    this.#socket?.send(frameOf(command));
    this.#expectAnswer();
  }

  /** @param {ServerEvent} event */
  #hear(event) {
    this.#lastHeard = this.#clock.now();
    if (this.#askedAt !== null)
      this.#slowestMs = Math.max(this.#lastHeard - this.#askedAt, this.#slowestMs / 2);
    this.#askedAt = null;
    this.#clock.cancel(this.#deadlineTimer);
    this.#deadlineTimer = null;
    this.#trust();
    if (event.type === "ok" || event.type === "error") return this.#commands.settle(event);
    if (event.type === "server.restarting") this.#restartIn = event.retry_in ?? 1;
    if (event.type === "session.ended") this.#farewell = /** @type {any} */ (event);
    if (event.type === "welcome") this.#open();
    try {
      this.emit("event", event);
    } finally {
      // After the listeners, even if one of them threw: the room is opened before the kept commands
      // are sent, so that their replies find the timeline caught up.
      if (event.type === "welcome") this.#commands.resend();
    }
  }

  #open() {
    this.#restartIn = 0;
    this.#intercepted = false;
    // Not at once, or lines that open and close again would reconnect in a tight loop.
    this.#steadyTimer = this.#clock.after(() => {
      this.#attempt = 0;
    }, STEADY_SECONDS * 1000);
    this.#become("open", "");
    this.#schedulePing();
  }

  #schedulePing() {
    this.#clock.cancel(this.#pingTimer);
    this.#pingTimer = this.#clock.after(() => {
      const quiet = this.#clock.now() - this.#lastHeard;
      if (quiet >= PING_SECONDS * 500) this.#ping();
      this.#schedulePing();
    }, PING_SECONDS * 1000);
  }

  /** How long a line that lives may take to answer a ping. */
  get #patience() {
    const slow = (SLOWER * this.#slowestMs) / 1000;
    return Math.min(DEADLINE_SECONDS, Math.max(PATIENCE_SECONDS, slow));
  }

  /** @param {number} [seconds] after which the line is given up, whatever else is asked on it */
  #ping(seconds) {
    const socket = this.#socket;
    if (this.connection.state !== "open" || !socket || this.#deadlineTimer !== null) return;
    socket.send(JSON.stringify({ type: "ping" }));
    this.#expectAnswer();
    const patience = seconds ?? this.#patience;
    this.#deadlineTimer = this.#clock.after(() => {
      // The server answers in order, and may be busy with a command: a new line would only add work.
      if (seconds || !this.#commands.wait) return this.#drop(socket);
      this.#hearNothing();
      const left = DEADLINE_SECONDS - patience;
      this.#deadlineTimer = this.#clock.after(() => this.#drop(socket), left * 1000);
    }, patience * 1000);
  }

  #hearNothing() {
    this.connection = { ...this.connection, doubtful: true, silent: true };
    this.emit("change", this.connection);
  }

  /** Until something is heard the line is in doubt, and must not be shown as good. */
  #expectAnswer() {
    this.#askedAt ??= this.#clock.now();
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
    this.connection = { ...this.connection, doubtful: false, silent: false };
    this.emit("change", this.connection);
  }

  /**
   * Give up a silent line without waiting for the browser's own timeout (minutes).
   *
   * @param {any} socket
   */
  #drop(socket) {
    if (socket !== this.#socket) return;
    this.#lose(LOST);
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
    this.#askedAt = null;
    this.#commands.interrupt();
    const final = because ?? FINAL.get(code);
    if (final) return this.#become("closed", final);
    const sentBack = RESTARTS.has(code);
    const announced = this.#restartIn > 0 || (sentBack && this.connection.state === "open");
    // The first attempts hit a server that isn't back yet: that is still the same restart.
    const restarting =
      announced || (this.connection.reason === "restarting" && this.#attempt < RESTART_ATTEMPTS);
    if (restarting) this.#retry("restarting");
    // Turned away at the handshake: too many at once, or no storage to look the session up in.
    else if (sentBack || code === CLOSE.FLOODING) this.#retry("busy");
    else if (globalThis.navigator?.onLine === false) this.#retry("offline");
    else this.#retry(this.#intercepted ? "intercepted" : "lost");
  }

  /** A network's sign-in page fails every handshake: only a request can tell it from an outage. */
  async #askWhoAnswers() {
    this.#intercepted = await this.#isIntercepted();
    const { state, reason, retryAt } = this.connection;
    if (state !== "closed" || !["lost", "intercepted"].includes(reason)) return;
    this.#become("closed", this.#intercepted ? "intercepted" : "lost", retryAt);
  }

  /** @param {Reason} reason */
  #retry(reason) {
    // The announced pause comes first, then a random share of the backoff.
    const seconds = this.#restartIn + backoffSeconds(this.#attempt, this.#random);
    this.#attempt += 1;
    this.#restartIn = 0;
    const retryAt = this.#clock.now() + seconds * 1000;
    this.#retryTimer = this.#clock.after(() => this.connect(), seconds * 1000);
    this.#become("closed", reason, retryAt);
    const failedInARow = this.#attempt >= ATTEMPTS_BEFORE_ASKING;
    if (failedInARow && ["lost", "intercepted"].includes(reason)) this.#askWhoAnswers();
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
 * A command as it is sent. Half of a surrogate pair, as a cut emoji leaves behind, is valid in JSON
 * only: it is sent as U+FFFD.
 *
 * @param {Command} command
 */
const frameOf = (command) =>
  JSON.stringify(command, (_, value) => (typeof value === "string" ? value.toWellFormed() : value));
