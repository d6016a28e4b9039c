import { formatPercent, gettext } from "../lib/gettext.js";
import { isComplete } from "./files.js";

/** @typedef {import('../lib/types.js').Post} Post */
/** @typedef {import('../lib/types.js').LocalFile} LocalFile */

const FILE_GONE = gettext("One of its files is no longer in this browser.");

/** The files of posts, as far as this browser knows them. */
export class PostFiles {
  #files;

  /** @param {import('./files.js').Files} files */
  constructor(files) {
    this.#files = files;
  }

  /** Those that are still known. @param {Post} post @returns {LocalFile[]} */
  of({ files = [] }) {
    return files.flatMap((key) => this.#files.get(key) ?? []);
  }

  /** A post as it is shown, with its files. @param {Post} post @returns {Post} */
  shown(post) {
    if (!post.files) return post;
    const files = this.of(post);
    const shown = { ...post, attachments: files.map((file) => this.#files.attachment(file)) };
    const uploading = post.state === "pending" && !files.every(isComplete);
    return uploading ? { ...shown, uploading, note: progressOf(files) } : shown;
  }

  /** What the command says of them. @param {Post} post */
  attached(post) {
    return post.files ? { attachments: this.of(post).map(({ id }) => id) } : {};
  }

  /**
   * What a post can't be sent without.
   *
   * @param {Post} post
   * @returns {string | null} null: nothing; empty: files that are on their way; otherwise, why one
   *   of them can't be sent
   */
  lacks(post) {
    const files = this.of(post);
    const failed = files.find(({ reason }) => reason);
    if (failed)
      return gettext("%(name)s: %(reason)s", { name: failed.name, reason: failed.reason ?? "" });
    if (files.length < (post.files?.length ?? 0)) return FILE_GONE;
    return files.every(isComplete) ? null : "";
  }

  /** Try those again that may succeed another time. @param {Post} post */
  retry(post) {
    for (const { key, reason, final } of this.of(post))
      if (reason && !final) this.#files.change(key, { reason: undefined });
  }

  /** Send them anew, as far as the server lacks them. @param {Post} post */
  resend(post) {
    for (const { key, poster } of this.of(post))
      this.#files.change(key, { done: false, ...(poster ? { poster: null, id: null } : {}) });
  }
}

/** How much of its files is with the server, in words. @param {LocalFile[]} files */
function progressOf(files) {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const sent = files.reduce((sum, file) => sum + (file.done ? file.size : (file.sent ?? 0)), 0);
  const percent = formatPercent(size ? Math.min(0.99, sent / size) : 0);
  return gettext("Uploading… %(percent)s", { percent });
}
