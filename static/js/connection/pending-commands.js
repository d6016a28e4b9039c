import { clock as realClock } from "../lib/clock.js";

/** @typedef {import('../lib/types.js').Command} Command */
/** @typedef {import('../lib/types.js').ServerEvent} ServerEvent */

export const DEADLINE_SECONDS = 10; // after this much silence the line is dead, whatever the browser thinks
const ANSWER_SECONDS = 60; // three times what a busy database may take: by then the answer was lost
const LINES = 3; // if so many live lines leave a command unanswered, no answer will come

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
 * @typedef {object} Pending
 * @property {Command} command
 * @property {boolean} keep
 * @property {boolean} sent
 * @property {number} since when it was first sent on this line, in milliseconds
 * @property {number} lines that were alive and never answered it
 * @property {(reply: any) => void} resolve
 * @property {(error: CommandError) => void} reject
 * @property {any} timer
 *
 * @typedef {object} Line
 * @property {(command: Command) => void} send
 * @property {() => void} ping
 * @property {() => void} drop
 */

/**
 * Commands that wait for their reply. Those asked with `keep` survive a lost connection and are sent
 * again on the next line, in the order in which they were first asked. That is safe, since such
 * commands are harmless twice (a post carries its nonce); forgetting one would not be.
 */
export class PendingCommands {
  /** @type {Map<string, Pending>} in the order in which they were asked */
  #pending = new Map();
  #refs = 0;
  #line;
  #clock;

  /** @param {Line} line @param {import('../lib/clock.js').Clock} [clock] */
  constructor(line, clock = realClock) {
    this.#line = line;
    this.#clock = clock;
  }

  /**
   * @param {Command} command
   * @param {{keep: boolean, isOpen: boolean}} how
   * @returns {Promise<any>}
   */
  request(command, { keep, isOpen }) {
    if (!isOpen && !keep) return Promise.reject(new CommandError({ code: "offline" }));
    this.#refs += 1;
    const ref = String(this.#refs);
    return new Promise((resolve, reject) => {
      const pending = {
        command: { ...command, ref },
        keep,
        sent: false,
        since: 0,
        lines: 0,
        resolve,
        reject,
        timer: null,
      };
      this.#pending.set(ref, pending);
      if (isOpen) this.#send(pending);
    });
  }

  /** Whether any command waits for an answer. */
  get wait() {
    return [...this.#pending.values()].some(({ sent }) => sent);
  }

  /** Settle the command that a reply belongs to. @param {ServerEvent} reply */
  settle(reply) {
    if (reply.type === "ok") this.#take(reply.ref)?.resolve(reply);
    else this.#take(reply.ref)?.reject(new CommandError(/** @type {any} */ (reply)));
  }

  /** The line is open again: send what was kept. */
  resend() {
    const unsent = [...this.#pending.values()].filter(({ keep, sent }) => keep && !sent);
    for (const pending of unsent) this.#send(pending);
  }

  /** The line is lost: what isn't kept fails with it. */
  interrupt() {
    for (const pending of [...this.#pending.values()]) {
      this.#clock.cancel(pending.timer);
      pending.sent = false;
      if (!pending.keep) this.#fail(pending, "offline");
    }
  }

  /** @param {Pending} pending */
  #send(pending) {
    pending.sent = true;
    pending.since = this.#clock.now();
    this.#line.send(pending.command);
    this.#await(pending);
  }

  /** @param {Pending} pending */
  #await(pending) {
    pending.timer = this.#clock.after(() => this.#overdue(pending), DEADLINE_SECONDS * 1000);
  }

  /** @param {Pending} pending */
  #overdue(pending) {
    if (!pending.keep) return this.#fail(pending, "timeout");
    // A kept command is answered on this line or sent again on the next: find out which.
    if (this.#clock.now() - pending.since >= ANSWER_SECONDS * 1000) {
      pending.lines += 1;
      // A command that is never answered would hold up whatever waits behind it for ever.
      if (pending.lines >= LINES) this.#fail(pending, "timeout");
      return this.#line.drop();
    }
    this.#line.ping();
    this.#await(pending);
  }

  /** @param {Pending} pending @param {string} code */
  #fail({ command }, code) {
    this.#take(command.ref)?.reject(new CommandError({ code }));
  }

  /** @param {string} [ref] */
  #take(ref = "") {
    const pending = this.#pending.get(ref);
    if (!pending) return undefined;
    this.#pending.delete(ref);
    this.#clock.cancel(pending.timer);
    return pending;
  }
}
