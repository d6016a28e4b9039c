import { backoffSeconds } from "../lib/backoff.js";
import { clock as realClock } from "../lib/clock.js";
import { Emitter } from "../lib/emitter.js";
import { MAX_PART } from "../protocol.js";

/** @typedef {import('./requests.js').Answer} Answer */
/** @typedef {import('./requests.js').Request} Request */

const ROOT = "/files/";
const VERSION = { "tus-resumable": "1.0.0" };
// Whoever was logged out comes back. So does a server that says that it is in trouble.
const PASSING = new Set([0, 401, 408, 423, 425, 429]);
const GONE = new Set([404, 410]);
const REASONS = /** @type {Record<number, string>} */ ({
  403: "forbidden",
  404: "not_found",
  413: "too_large",
});

/** The server won't take the file, or it can't be read. Trying again changes nothing. */
export class UploadRefused extends Error {
  /** @param {string} code @param {string} [detail] the server's own words */
  constructor(code, detail = "") {
    super(detail || code);
    this.code = code;
    this.detail = detail;
  }
}

/** What may be over in a moment. */
class Trouble extends Error {
  /** @param {Answer} answer */
  constructor({ status, header }) {
    super(`${status}`);
    this.status = status;
    this.retryAfter = Number(header("retry-after")) || 0;
  }
}

/**
 * A file on its way to the server, by tus 1.0: in parts, so that whatever happens to either side
 * costs at most one of them. It goes on by itself after an error. `created` tells the id of the
 * upload, from which another page can go on; `progress` the bytes that are there.
 *
 * @extends {Emitter<{created: string, progress: number}>}
 */
export class TusUpload extends Emitter {
  /** @type {number | null} in bytes; null: the server has to be asked */
  #offset = null;
  #attempts = 0;
  #losses = 0;
  #stopped = new AbortController();
  /** @type {(() => void) | null} ends the pause before the next attempt */ #hurry = null;
  #id;
  #file;
  #metadata;
  #token;
  #send;
  #clock;

  /**
   * @param {Blob} file
   * @param {Record<string, string>} metadata
   * @param {object} world
   * @param {string | null} [world.id] of an upload that was begun before
   * @param {(request: Request) => Promise<Answer>} world.send
   * @param {() => string} world.token against forged requests
   * @param {import('../lib/clock.js').Clock} [world.clock]
   */
  constructor(file, metadata, { id = null, send, token, clock = realClock }) {
    super();
    this.#file = file;
    this.#metadata = metadata;
    this.#id = id;
    this.#send = send;
    this.#token = token;
    this.#clock = clock;
  }

  /**
   * Send what the server doesn't have yet.
   *
   * @returns {Promise<string | null>} the upload's id; null: it was stopped
   */
  async run() {
    while (!this.#stopped.signal.aborted) {
      try {
        await this.#step();
        if (this.#offset === this.#file.size) return this.#id;
      } catch (error) {
        if (this.#stopped.signal.aborted) break;
        if (!(error instanceof Trouble)) throw error;
        await this.#recover(error);
      }
    }
    return null;
  }

  /** Stop where it is: another page or a later attempt can go on. */
  stop() {
    this.#stopped.abort();
    this.#hurry?.();
  }

  /** The connection is back: don't wait any longer. */
  wake() {
    this.#hurry?.();
  }

  #step() {
    if (!this.#id) return this.#create();
    return this.#offset === null ? this.#ask() : this.#append(this.#offset);
  }

  async #create() {
    const answer = await this.#request("POST", ROOT, {
      "upload-length": String(this.#file.size),
      "upload-metadata": encoded(this.#metadata),
    });
    if (answer.status !== 201) throw failureOf(answer);
    const id = new URL(answer.header("location") ?? "", "http://site/").pathname.split("/").at(-1);
    if (!id) throw new UploadRefused("invalid");
    this.#id = id;
    this.#attempts = 0;
    this.#reached(0);
    this.emit("created", id);
  }

  /** How much of it the server has. */
  async #ask() {
    const answer = await this.#request("HEAD", this.#address, {});
    if (answer.status !== 200 && answer.status !== 204) throw failureOf(answer);
    this.#reached(Number(answer.header("upload-offset")));
  }

  /** @param {number} offset */
  async #append(offset) {
    const body = this.#file.slice(offset, offset + MAX_PART);
    const answer = await this.#request(
      "PATCH",
      this.#address,
      { "content-type": "application/offset+octet-stream", "upload-offset": String(offset) },
      { body, progress: (sent) => this.emit("progress", offset + Math.min(sent, body.size)) },
    );
    if (answer.status !== 204 && answer.status !== 200) throw failureOf(answer);
    this.#attempts = this.#losses = 0;
    this.#reached(Number(answer.header("upload-offset")));
  }

  /** @param {number} offset */
  #reached(offset) {
    if (!(offset >= 0 && offset <= this.#file.size)) throw new UploadRefused("invalid");
    this.#offset = offset;
    this.emit("progress", offset);
  }

  /**
   * Wait for the next attempt, which begins with a question: what arrived before the trouble stays.
   *
   * @param {Trouble} trouble
   */
  async #recover({ status, retryAfter }) {
    this.#offset = null;
    if (GONE.has(status)) {
      // Never created, as for a room that is gone; or purged again and again.
      if (!this.#id || this.#losses > 0) throw new UploadRefused("not_found");
      this.#losses += 1;
      this.#id = null;
      return;
    }
    if (status === 0) await this.#checkFile();
    this.#attempts += 1;
    // Another tab was faster: what it sent counts.
    if (status === 409 && this.#attempts === 1) return;
    await this.#pause(retryAfter + backoffSeconds(this.#attempts));
  }

  /** A file that was moved or changed on disk fails like a connection. */
  async #checkFile() {
    try {
      await this.#file.slice(0, 1).arrayBuffer();
    } catch {
      throw new UploadRefused("unreadable");
    }
  }

  /** @param {number} seconds @returns {Promise<void>} */
  #pause(seconds) {
    return new Promise((resolve) => {
      const timer = this.#clock.after(() => this.#hurry?.(), seconds * 1000);
      this.#hurry = () => {
        this.#hurry = null;
        this.#clock.cancel(timer);
        resolve();
      };
      if (this.#stopped.signal.aborted) this.#hurry();
    });
  }

  get #address() {
    return `${ROOT}${this.#id}`;
  }

  /**
   * @param {string} method
   * @param {string} address
   * @param {Record<string, string>} headers
   * @param {Pick<Request, 'body' | 'progress'>} [body]
   */
  #request(method, address, headers, body) {
    const all = { ...VERSION, "x-csrftoken": this.#token(), ...headers };
    return this.#send({ method, address, headers: all, signal: this.#stopped.signal, ...body });
  }
}

/** @param {Answer} answer */
function failureOf(answer) {
  const { status } = answer;
  const isPassing = PASSING.has(status) || status === 409 || status >= 500;
  if (isPassing || GONE.has(status)) return new Trouble(answer);
  const { code = REASONS[status] ?? "invalid", detail = "" } = saidBy(answer);
  return new UploadRefused(code, detail);
}

/** What the server said of its refusal. @param {Pick<Answer, 'text'>} answer @returns {{code?: string, detail?: string}} */
export function saidBy({ text }) {
  try {
    return JSON.parse(text).error ?? {};
  } catch {
    return {}; // a proxy's page
  }
}

/** @param {Record<string, string>} metadata */
function encoded(metadata) {
  const pairs = Object.entries(metadata).map(([name, value]) => `${name} ${base64(value)}`);
  return pairs.join(",");
}

/** @param {string} text */
function base64(text) {
  const bytes = new TextEncoder().encode(text);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
