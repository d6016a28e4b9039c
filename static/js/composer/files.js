import { clock as realClock } from "../lib/clock.js";
import { Emitter } from "../lib/emitter.js";
import { gettext } from "../lib/gettext.js";
import { newNonce } from "../lib/nonce.js";

/** @typedef {import('../lib/types.js').LocalFile} LocalFile */
/** @typedef {import('../lib/types.js').PendingAttachment} PendingAttachment */
/** @typedef {import('../lib/store.js').Step} Step */

const LOST = gettext("This browser couldn't keep the file. Add it again.");
const REVOKE_MS = 60_000; // what was sent is still shown from here until the server's copy is there
const HEIC = /\.(heic|heif)$/i; // most systems don't know its type

/**
 * What a file is known by when it is added, and what isn't known of it yet.
 *
 * @typedef {Partial<Pick<LocalFile, 'kind' | 'duration' | 'peaks' | 'alt' | 'isText'>>} Facts
 */

/**
 * My files that aren't posted yet, with their content, as this page, the browser's store and my
 * other tabs know them. A file is in the composer of its room unless a post has its key. Like a
 * text, it survives a reload and a crash; where there is no room to keep it, it is sent as long as
 * this page is open. `removed`: here, by its author; `counted`: there is one more, or one less.
 *
 * @extends {Emitter<{change: LocalFile, gone: LocalFile, removed: LocalFile, counted: null}>}
 */
export class Files extends Emitter {
  /** Until this resolves, there seem to be none. @type {Promise<void>} */
  ready;
  /** @type {Map<string, LocalFile>} */
  #files = new Map();
  /** @type {Map<string, Blob>} by the file's key; that of its poster by `posterKey` */
  #contents = new Map();
  /** @type {Map<string, string>} `blob:` addresses of contents */
  #addresses = new Map();
  /** @type {Set<string>} keys of files whose content is stored */
  #kept = new Set();
  /** @type {Set<string>} keys of files that were posted or removed: old news doesn't bring one back */
  #settled = new Set();
  #added = 0;
  #user;
  #store;
  #tabs;
  #clock;

  /**
   * @param {object} world
   * @param {number} world.user
   * @param {Pick<import('../lib/store.js').Store, 'read' | 'write'>} world.store
   * @param {Pick<import('../lib/tabs.js').Tabs, 'tell' | 'on' | 'take'>} world.tabs
   * @param {import('../lib/clock.js').Clock} [world.clock]
   */
  constructor({ user, store, tabs, clock = realClock }) {
    super();
    this.#user = user;
    this.#store = store;
    this.#tabs = tabs;
    this.#clock = clock;
    tabs.on("said", (words) => this.#hear(words));
    this.ready = this.restore();
  }

  /** In the order in which they were added. */
  get all() {
    return [...this.#files.values()].sort((a, b) => a.added - b.added);
  }

  /** In the order in which they will be shown. @param {string} room */
  of(room) {
    const files = this.all.filter((file) => file.room === room);
    return files.sort((a, b) => a.position - b.position || a.added - b.added);
  }

  /** @param {string} key */
  get(key) {
    return this.#files.get(key);
  }

  /** Its content, if this page has it. @param {string} key */
  contentOf(key) {
    return this.#contents.get(key);
  }

  /** Whether a file would be lost with this page. */
  get areAtRisk() {
    const isOnlyHere = (/** @type {string} */ key) =>
      this.#contents.has(key) && !this.#kept.has(key);
    return this.all.some(({ key, done, final }) => !done && !final && isOnlyHere(key));
  }

  /** Whether its content outlives this page. @param {string} key */
  isKept(key) {
    return this.#kept.has(key);
  }

  /** A `blob:` address of its content; empty if this page doesn't have it. @param {string} key */
  addressOf(key) {
    const content = this.#contents.get(key);
    if (content && !this.#addresses.has(key))
      this.#addresses.set(key, URL.createObjectURL(content));
    return this.#addresses.get(key) ?? "";
  }

  /** As the timeline shows it until the server does. @param {LocalFile} file @returns {PendingAttachment} */
  attachment({ key, id, name, size, type, kind, width, height, duration, peaks, alt, ...file }) {
    const url = this.addressOf(key);
    return {
      id: id ?? key,
      name,
      size,
      type,
      kind,
      width,
      height,
      duration,
      peaks,
      alt,
      transcript: "",
      url,
      thumbnail: kind === "image" ? url : null,
      poster: this.addressOf(posterKey(key)) || null,
      ready: true,
      progress: file.done || size === 0 ? 1 : (file.sent ?? 0) / size,
      reason: file.reason,
    };
  }

  /**
   * Add a file, which this tab then sends.
   *
   * @param {string} room
   * @param {File} content
   * @param {Facts} [facts]
   * @returns {LocalFile}
   */
  add(room, content, facts = {}) {
    const { name, size, type } = content;
    this.#added = Math.max(this.#clock.now(), this.#added + 1);
    /** @type {LocalFile} */
    const file = {
      key: newNonce(),
      room,
      name,
      size,
      type,
      kind: kindOf(content),
      width: null,
      height: null,
      duration: null,
      peaks: null,
      alt: "",
      told: "",
      added: this.#added,
      position: this.#added,
      id: null,
      poster: null,
      done: false,
      ...facts,
    };
    this.#contents.set(file.key, content);
    this.#set(file);
    this.#tabs.tell({ file });
    this.#keep(file, content);
    this.#tabs.take();
    return file;
  }

  /** @param {string} key @param {Partial<LocalFile>} facts */
  change(key, facts) {
    const known = this.#files.get(key);
    if (!known) return;
    const file = { ...known, ...facts };
    this.#set(file);
    this.#tabs.tell({ file });
    this.#store.write([{ store: "files", put: this.#record(file) }]);
  }

  /** How much of it is with the server, here and in the other tabs. @param {string} key @param {number} sent */
  progress(key, sent) {
    const known = this.#files.get(key);
    if (!known || known.sent === sent) return;
    const file = { ...known, sent };
    this.#set(file);
    this.#tabs.tell({ file });
  }

  /** The picture that stands for a video. @param {string} key @param {Blob} content */
  addPoster(key, content) {
    const file = this.#files.get(key);
    if (!file) return;
    this.#contents.set(posterKey(key), content);
    const put = { user: this.#user, room: file.room, key: posterKey(key), content };
    this.#store.write([{ store: "contents", put }], { large: true });
  }

  /** Put a file at another place among those that are shown with it. @param {string[]} keys in the new order */
  arrange(keys) {
    const places = keys.map((key) => this.#files.get(key)?.position ?? 0).sort((a, b) => a - b);
    for (const [at, key] of keys.entries())
      if (this.#files.get(key)?.position !== places[at]) this.change(key, { position: places[at] });
  }

  /** @param {string[]} keys */
  remove(keys) {
    const files = keys.flatMap((key) => this.#files.get(key) ?? []);
    this.#store.write(files.flatMap((file) => endOf(this.#user, file.room, file.key)));
    this.settle(keys);
    for (const file of files) this.emit("removed", file);
  }

  /** They were posted, or removed, and aren't in the store any more. @param {string[]} keys */
  settle(keys) {
    if (keys.length > 0) this.#tabs.tell({ settled: keys });
    this.#drop(keys);
  }

  /** Load what is stored: another tab may have progressed while this one slept. */
  async restore() {
    const records = await this.#store.read("files", this.#user);
    if (!records) return;
    const stored = new Set(records.map(({ key }) => key));
    this.#drop([...this.#files.keys()].filter((key) => this.#kept.has(key) && !stored.has(key)));
    if (stored.size > 0) await this.#loadContents();
    for (const { user, ...file } of records) {
      const known = this.#files.get(file.key);
      if (!isReadable(file) || this.#settled.has(file.key) || known?.done === file.done) continue;
      const isHere = this.#contents.has(file.key) || file.done;
      this.#set(isHere ? file : { ...file, reason: LOST, final: true });
    }
  }

  async #loadContents() {
    for (const { key, content } of (await this.#store.read("contents", this.#user)) ?? []) {
      if (!(content instanceof Blob) || this.#settled.has(key)) continue;
      this.#kept.add(key);
      this.#contents.set(key, content);
    }
  }

  /**
   * Once it is stored, the stored copy is sent: the file on disk may be moved or changed.
   *
   * @param {LocalFile} file
   * @param {Blob} content
   */
  async #keep(file, content) {
    const { key, room } = file;
    const stored = await this.#store.write(
      [
        { store: "files", put: this.#record(file) },
        { store: "contents", put: { user: this.#user, room, key, content } },
      ],
      { strict: true, large: true },
    );
    const now = this.#files.get(key);
    if (!now) {
      this.#store.write(endOf(this.#user, room, key)); // it ended meanwhile
      return;
    }
    // Something changed while its first record was on its way.
    this.#store.write([{ store: "files", put: this.#record(now) }]);
    if (!stored) return;
    await this.#loadContents();
    this.#tabs.tell({ file: now, kept: true });
    if (this.#files.has(key)) this.#set(this.#files.get(key) ?? now);
  }

  /** @param {{file?: LocalFile, kept?: boolean, settled?: string[]}} words */
  async #hear({ file, kept, settled }) {
    if (settled) this.#drop(settled);
    if (!file || this.#settled.has(file.key)) return;
    if (kept && !this.#contents.has(file.key)) await this.#loadContents();
    if (!this.#settled.has(file.key)) this.#set(file);
  }

  /** @param {LocalFile} file */
  #set(file) {
    const isNew = !this.#files.has(file.key);
    this.#files.set(file.key, file);
    this.#added = Math.max(this.#added, file.added);
    this.emit("change", file);
    if (isNew) this.emit("counted", null);
  }

  /** @param {string[]} keys */
  #drop(keys) {
    for (const key of keys) {
      const file = this.#files.get(key);
      this.#settled.add(key);
      this.#files.delete(key);
      for (const one of [key, posterKey(key)]) {
        this.#contents.delete(one);
        const address = this.#addresses.get(one);
        if (address) this.#clock.after(() => URL.revokeObjectURL(address), REVOKE_MS);
        this.#addresses.delete(one);
      }
      if (file) this.emit("gone", file);
    }
    if (keys.length > 0) this.emit("counted", null);
  }

  /** @param {LocalFile} file */
  #record({ sent, reason, final, ...file }) {
    return { ...file, user: this.#user, ...(final ? { reason, final } : {}) };
  }
}

/** Under which key the poster of a video is kept. @param {string} key */
export const posterKey = (key) => `${key}/poster`;

/**
 * Whether the server has all of it, and knows all that is known of it.
 *
 * @param {LocalFile} file
 */
export const isComplete = ({ done, told, alt, reason }) => done && told === alt && !reason;

/**
 * The end of a file and its content in the store.
 *
 * @param {number} user
 * @param {string} room
 * @param {string} key
 * @returns {Step[]}
 */
export const endOf = (user, room, key) => [
  { store: "files", remove: [user, room, key] },
  { store: "contents", remove: [user, room, key] },
  { store: "contents", remove: [user, room, posterKey(key)] },
];

/** @param {File} content @returns {LocalFile['kind']} */
function kindOf({ type, name }) {
  if (type.startsWith("image/") && !type.includes("svg")) return "image";
  if (HEIC.test(name)) return "image";
  if (type.startsWith("video/")) return "video";
  return type.startsWith("audio/") ? "audio" : "file";
}

/** Not if it was written by another version or by hand. @param {any} file @returns {file is LocalFile} */
function isReadable(file) {
  const { key, room, name, alt, size, added, position } = file;
  const texts = [key, room, name, alt].every((field) => typeof field === "string");
  return texts && [size, added, position].every(Number.isFinite);
}
