import { csrfToken, send as realSend } from "../connection/requests.js";
import { saidBy, TusUpload, UploadRefused } from "../connection/tus.js";
import { backoffSeconds } from "../lib/backoff.js";
import { clock as realClock } from "../lib/clock.js";
import { gettext } from "../lib/gettext.js";
import { refusal } from "../lib/labels.js";
import { posterKey } from "./files.js";
import { measure as realMeasure } from "./measuring.js";

/** @typedef {import('../lib/types.js').LocalFile} LocalFile */
/** @typedef {import('../connection/requests.js').Request} Request */
/** @typedef {import('../connection/requests.js').Answer} Answer */

const AT_ONCE = 2;
const TELL_MS = 250; // between two steps of a progress bar
const REASONS = /** @type {Record<string, string>} */ ({
  too_large: gettext("This file is too large."),
  not_found: gettext("You can no longer send files here."),
  unreadable: gettext("The file can't be read any more. Add it again."),
});
const FINAL = new Set(["too_large", "unreadable", "invalid"]);

/**
 * Sends my files to the server, two at a time and the oldest first, and says what becomes of them.
 * Of several tabs, the one that leads sends; a file that only one tab has is sent by that one.
 */
export class Uploads {
  /** @type {Map<string, {wake: () => void, stop: () => void}>} what is under way, by key */
  #running = new Map();
  /** @type {Set<string>} keys of files that are being measured, or were */
  #measured = new Set();
  #files;
  #tabs;
  #send;
  #token;
  #measure;
  #clock;

  /**
   * @param {object} world
   * @param {import('./files.js').Files} world.files
   * @param {Pick<import('../lib/tabs.js').Tabs, 'leads' | 'on'>} world.tabs
   * @param {(request: Request) => Promise<Answer>} [world.send]
   * @param {() => string} [world.token]
   * @param {typeof realMeasure} [world.measure]
   * @param {import('../lib/clock.js').Clock} [world.clock]
   */
  constructor({
    files,
    tabs,
    send = realSend,
    token = csrfToken,
    measure = realMeasure,
    clock = realClock,
  }) {
    this.#files = files;
    this.#tabs = tabs;
    this.#send = send;
    this.#token = token;
    this.#measure = measure;
    this.#clock = clock;
    files.on("change", () => this.#next());
    files.on("gone", ({ key }) => this.#running.get(key)?.stop());
    files.on("removed", (file) => this.#remove(file));
    tabs.on("lead", (leads) => (leads ? this.#next() : this.#yield()));
    this.#next();
  }

  /** The connection is back: nobody waits any longer. */
  wake() {
    for (const one of this.#running.values()) one.wake();
  }

  #next() {
    for (const file of this.#files.all) {
      if (!this.#isMine(file) || file.reason) continue;
      this.#look(file);
      const isLeft = !file.done || file.told !== file.alt;
      const isReady = file.id !== null || file.measured || !isPlayed(file);
      if (!isLeft || !isReady || this.#running.has(file.key)) continue;
      if (this.#running.size >= AT_ONCE) return;
      this.#run(file);
    }
  }

  /** @param {LocalFile} file */
  #isMine({ key, done }) {
    if (!this.#files.contentOf(key) && !done) return false; // it is in another tab alone
    return this.#tabs.leads || !this.#files.isKept(key);
  }

  /** Another tab sends now. */
  #yield() {
    for (const [key, one] of this.#running) if (this.#files.isKept(key)) one.stop();
  }

  /** @param {LocalFile} file */
  async #look({ key, kind, measured, duration }) {
    const content = this.#files.contentOf(key);
    if (measured || !content || this.#measured.has(key)) return;
    this.#measured.add(key);
    const { poster, ...facts } = await this.#measure(kind, this.#files.addressOf(key));
    if (poster) this.#files.addPoster(key, poster);
    // What recorded it knows its length better.
    this.#files.change(key, { ...facts, ...(duration ? { duration } : {}), measured: true });
  }

  /** @param {LocalFile} file */
  async #run({ key }) {
    const under = { wake: () => {}, stop: () => {}, stopped: false };
    under.stop = () => {
      under.stopped = true;
    };
    this.#running.set(key, under);
    try {
      await this.#sendPoster(key, under);
      if (!under.stopped) await this.#sendContent(key, under);
      if (!under.stopped) await this.#describe(key, under);
    } catch (error) {
      this.#refused(key, /** @type {any} */ (error));
    }
    this.#running.delete(key);
    this.#next();
  }

  /** @param {string} key @param {Running} under */
  async #sendPoster(key, under) {
    const file = this.#files.get(key);
    const content = this.#files.contentOf(posterKey(key));
    if (!file || !content || file.poster || file.id) return;
    try {
      const metadata = { filename: "poster.jpg", room: file.room };
      const poster = await this.#begin(content, metadata, null, under).run();
      if (poster) this.#files.change(key, { poster });
    } catch (error) {
      // A video without a poster is still one.
      if (!(error instanceof UploadRefused)) throw error;
    }
  }

  /** @param {string} key @param {Running} under */
  async #sendContent(key, under) {
    const file = this.#files.get(key);
    const content = this.#files.contentOf(key);
    if (!file || !content || file.done) return;
    const upload = this.#begin(content, metadataOf(file), file.id, under);
    upload.on("created", (id) => this.#files.change(key, { id, told: file.alt }));
    let told = 0;
    upload.on("progress", (sent) => {
      if (sent < content.size && this.#clock.now() - told < TELL_MS) return;
      told = this.#clock.now();
      this.#files.progress(key, sent);
    });
    const id = await upload.run();
    if (id) this.#files.change(key, { id, done: true });
  }

  /**
   * @param {Blob} content
   * @param {Record<string, string>} metadata
   * @param {string | null} id
   * @param {Running} under
   */
  #begin(content, metadata, id, under) {
    const world = { id, send: this.#send, token: this.#token, clock: this.#clock };
    const upload = new TusUpload(content, metadata, world);
    under.wake = () => upload.wake();
    under.stop = () => {
      under.stopped = true;
      upload.stop();
    };
    if (under.stopped) upload.stop();
    return upload;
  }

  /** Its description was written while it was on its way, or afterwards. @param {string} key @param {Running} under */
  async #describe(key, under) {
    for (let attempt = 1; !under.stopped; attempt += 1) {
      const file = this.#files.get(key);
      if (!file?.done || file.told === file.alt) return;
      const answer = await this.#tell(file);
      const { status } = answer;
      if (status >= 200 && status < 300) this.#files.change(key, { told: file.alt });
      else if (status === 404)
        return this.#files.change(key, { done: false }); // it was forgotten
      else if (status === 0 || status === 429 || status >= 500)
        await this.#pause(backoffSeconds(attempt), under);
      else throw new UploadRefused("description", saidBy(answer).detail);
    }
  }

  /** @param {LocalFile} file */
  #tell({ id, alt }) {
    return this.#send({
      method: "PUT",
      address: `/files/${id}/about`,
      headers: { "content-type": "application/json", "x-csrftoken": this.#token() },
      body: new Blob([JSON.stringify({ alt })]),
    });
  }

  /** @param {number} seconds @param {Running} under @returns {Promise<void>} */
  #pause(seconds, under) {
    return new Promise((resolve) => {
      const timer = this.#clock.after(resolve, seconds * 1000);
      const end = () => {
        this.#clock.cancel(timer);
        resolve();
      };
      under.wake = end;
      under.stop = () => {
        under.stopped = true;
        end();
      };
    });
  }

  /** @param {string} key @param {UploadRefused} error */
  #refused(key, error) {
    if (!(error instanceof UploadRefused)) {
      this.#files.change(key, { reason: refusal({}) });
      throw error;
    }
    const { code, detail } = error;
    const { id, poster } = this.#files.get(key) ?? {};
    // Its poster, sent earlier, was forgotten: the next attempt begins with it.
    if (code === "not_found" && poster && !id) return this.#files.change(key, { poster: null });
    const reason = detail || REASONS[code] || refusal({ code });
    this.#files.change(key, { reason, final: FINAL.has(code) });
  }

  /** The server would keep what was never posted for a day. @param {LocalFile} file */
  #remove({ id, poster }) {
    for (const one of [id, poster])
      if (one)
        this.#send({
          method: "DELETE",
          address: `/files/${one}`,
          headers: { "tus-resumable": "1.0.0", "x-csrftoken": this.#token() },
        });
  }
}

/** @typedef {{wake: () => void, stop: () => void, stopped: boolean}} Running */

/** What is measured before it is sent: the server is told its length. @param {LocalFile} file */
const isPlayed = ({ kind }) => kind === "video" || kind === "audio";

/** @param {LocalFile} file @returns {Record<string, string>} */
function metadataOf({ name, room, kind, duration, peaks, poster, alt }) {
  return {
    filename: name,
    room,
    ...(kind === "voice" ? { kind } : {}),
    ...(duration ? { duration: String(duration) } : {}),
    ...(peaks ? { peaks: JSON.stringify(peaks) } : {}),
    ...(poster ? { poster } : {}),
    ...(alt ? { alt } : {}),
  };
}
