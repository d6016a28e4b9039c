import { isFenceOpen } from "../code.js";
import { wantsSend } from "../lib/field.js";
import { Formatter } from "./formatter.js";

const BEGINS_WORD = /(?:^|[^\p{L}\p{N}])[@#:][^\s@#:]*$/u;

/**
 * @typedef {object} Words what a word can be completed to
 * @property {import('../session.js').RoomSession} session
 * @property {import('../goals.js').Goals} goals
 * @property {Record<string, string>} urls
 */

/**
 * A field in which a message is written, new or again: words are completed in it, Markdown is put
 * around them, and Enter is the end of it, except in a block of code that is still open.
 */
export class WritingField {
  /** @type {import('./completion.js').Completion | null} */ #completion = null;
  #formatter;
  #field;

  /**
   * @param {HTMLElement} within has the parts of the list of suggestions
   * @param {HTMLTextAreaElement} field
   * @param {Words} words
   * @param {AbortSignal} signal ends it
   */
  constructor(within, field, words, signal) {
    this.#field = field;
    this.#formatter = new Formatter(field);
    this.#completeLater(within, words, signal);
    signal.addEventListener("abort", () => this.#completion?.close(), { once: true });
  }

  /** @param {KeyboardEvent} event @returns {'taken' | 'end' | 'free'} `end`: the message is written */
  key(event) {
    if (this.#completion?.key(event)) return "taken";
    if (wantsSend(event) && !this.#breaksCode(event)) return "end";
    return this.#formatter.key(event) ? "taken" : "free";
  }

  /**
   * What completes a word is loaded when the first one begins that could be completed.
   *
   * @param {HTMLElement} within
   * @param {Words} words
   * @param {AbortSignal} signal
   */
  #completeLater(within, words, signal) {
    let loads = false;
    const load = async () => {
      const { value, selectionStart } = this.#field;
      if (loads || !BEGINS_WORD.test(value.slice(0, selectionStart))) return;
      loads = true;
      try {
        const { completionOf } = await import("./completion.js");
        if (!signal.aborted && !this.#completion)
          this.#completion = completionOf(within, this.#field, words);
      } catch {
        loads = false; // without a connection; the next word asks again
      }
    };
    this.#field.addEventListener("input", load, { signal });
  }

  /** In a block of code that is not closed yet, Enter is what it is in every editor. @param {KeyboardEvent} event */
  #breaksCode({ ctrlKey, metaKey }) {
    const { value, selectionStart } = this.#field;
    const isOpen = isFenceOpen(value) && isFenceOpen(value.slice(0, selectionStart));
    return isOpen && !ctrlKey && !metaKey;
  }
}
