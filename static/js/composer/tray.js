import { oncePerFrame, part, setText } from "../lib/dom.js";
import { formatNumber, gettext, ngettext } from "../lib/gettext.js";
import { later } from "../lib/later.js";
import { formatSize } from "../lib/size.js";
import { say } from "../lib/toast.js";
import { MAX_ATTACHMENTS } from "../protocol.js";

/** @typedef {import('../lib/types.js').LocalFile} LocalFile */

/**
 * The files of the message that is being written: sent to the server at once, and posted with the
 * text. What draws them is loaded with the first.
 */
export class Tray {
  #composer;
  #room;
  #files;
  #outbox;
  #most;
  #changed;
  #restoreText;
  #view;
  #draw = oncePerFrame(() => this.#drawLater());

  /**
   * @param {HTMLElement} composer
   * @param {object} world
   * @param {string} world.room its slug
   * @param {import('./files.js').Files} world.files
   * @param {import('./outbox.js').Outbox} world.outbox
   * @param {number} world.most bytes of one file
   * @param {() => void} world.changed
   * @param {(text: string) => void} world.restoreText a file is a text again
   * @param {AbortSignal} world.signal ends it
   */
  constructor(composer, { room, files, outbox, most, changed, restoreText, signal }) {
    this.#composer = composer;
    this.#room = room;
    this.#files = files;
    this.#outbox = outbox;
    this.#most = most;
    this.#changed = changed;
    this.#restoreText = restoreText;
    this.#view = later(async () => {
      const { TrayView } = await import("./tray-view.js");
      return new TrayView(composer, this, files);
    }, signal);
    const isHere = (/** @type {{room: string}} */ one) => one.room === room && this.#draw();
    for (const forget of [
      files.on("change", isHere),
      files.on("gone", isHere),
      outbox.on("change", isHere), // it takes files away
      outbox.on("gone", isHere),
    ])
      signal.addEventListener("abort", forget, { once: true });
    files.ready.then(() => signal.aborted || this.#draw());
  }

  /** In the order in which they will be shown. */
  get files() {
    return this.#outbox.unposted(this.#room);
  }

  get isEmpty() {
    return this.files.length === 0;
  }

  /**
   * Add what was pasted, dropped, chosen or recorded.
   *
   * @param {File | File[]} contents
   * @param {import('./files.js').Facts} [facts] what is known of it, such as of a recording
   * @returns {LocalFile[]} those that were added; the reader was told why others weren't
   */
  add(contents, facts) {
    const all = [contents].flat();
    const fitting = all.filter(({ size }) => size <= this.#most);
    const taken = fitting.slice(0, Math.max(0, MAX_ATTACHMENTS - this.files.length));
    this.#explain(all, fitting, taken);
    const added = taken.map((content) => this.#files.add(this.#room, content, facts));
    if (added.length > 0) announce(wordsOf(added));
    return added;
  }

  /**
   * The keys of the files, to be posted; null if one of them can't be sent: then its author is told
   * so, and led there.
   */
  take() {
    const failed = this.files.find(({ reason }) => reason);
    if (!failed) return this.files.map(({ key }) => key);
    announce(gettext("%(name)s: %(reason)s", { name: failed.name, reason: failed.reason ?? "" }));
    this.#view().then((view) => view?.focus(failed.key));
    return null;
  }

  /** A file that was made from a text is a text again: by default, the last one. @param {string} [key] */
  async restoreText(key = this.files.findLast(({ isText }) => isText)?.key) {
    const text = await this.#files.contentOf(key ?? "")?.text();
    if (!key || text === undefined || !this.files.some((file) => file.key === key)) return;
    this.#files.remove([key]);
    this.#restoreText(text);
  }

  /** @param {File[]} all @param {File[]} fitting @param {File[]} taken */
  #explain(all, fitting, taken) {
    const large = all.find((content) => !fitting.includes(content));
    if (large)
      say(
        gettext("%(name)s is larger than %(size)s, the most that a file may have.", {
          name: large.name,
          size: formatSize(this.#most),
        }),
      );
    else if (taken.length < fitting.length)
      say(
        gettext("A message can have up to %(count)s files.", {
          count: formatNumber(MAX_ATTACHMENTS),
        }),
      );
  }

  async #drawLater() {
    const section = part(this.#composer, "tray");
    this.#changed();
    if (this.isEmpty && section.hidden) return;
    (await this.#view())?.draw();
  }
}

/** @param {string} words for screen readers */
export function announce(words) {
  const status = document.getElementById("status");
  if (status) setText(status, words);
}

/** @param {LocalFile[]} added */
function wordsOf(added) {
  if (added.length > 1)
    return ngettext("%(count)s file added.", "%(count)s files added.", added.length);
  return gettext("%(name)s added.", { name: added[0].name });
}
