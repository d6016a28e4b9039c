import { isFenceOpen } from "../lib/code.js";
import { wantsSend } from "../lib/field.js";
import { Formatter } from "./formatter.js";

const BEGINS_WORD = /(?:^|[^\p{L}\p{N}])[@#:][^\s@#:]*$/u;

/**
 * @typedef {object} Words what completions are made from
 * @property {import('../room/session.js').RoomSession} session
 * @property {import('../navigation/destinations.js').Destinations} destinations
 * @property {Record<string, string>} urls
 */

/**
 * A field for a message, new or edited: completes words, formats with shortcuts, and ends with
 * Enter, except inside an open block of code.
 */
export class WritingField {
  /** @type {import('./completion.js').Completion | null} */ #completion = null;
  #formatter;
  #field;

  /**
   * @param {HTMLElement} within contains the parts of the completion list
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

  /**
   * @param {KeyboardEvent} event
   * @returns {'taken' | 'end' | 'free'} `end`: the message is finished
   */
  key(event) {
    if (this.#completion?.key(event)) return "taken";
    if (wantsSend(event) && !this.#breaksCode(event)) return "end";
    return this.#formatter.key(event) ? "taken" : "free";
  }

  /**
   * Load the completion module when the first word begins that could be completed.
   *
   * @param {HTMLElement} within
   * @param {Words} words
   * @param {AbortSignal} signal
   */
  #completeLater(within, words, signal) {
    let loads = false;
    /** @type {number[]} */ const ends = []; // of words that are complete before it is loaded
    const load = async () => {
      const { value, selectionStart } = this.#field;
      if (this.#completion) return;
      if (value[selectionStart - 1] === ":") ends.push(selectionStart);
      if (loads || !BEGINS_WORD.test(value.slice(0, selectionStart))) return;
      loads = true;
      try {
        const { completionOf } = await import("./completion.js");
        if (signal.aborted) return;
        this.#completion = completionOf(within, this.#field, words);
        await this.#completion.endCodes(ends);
      } catch {
        loads = false; // offline; the next word tries again
      }
    };
    this.#field.addEventListener("input", load, { signal });
  }

  /**
   * Inside an open block of code, Enter breaks the line as in any editor.
   *
   * @param {KeyboardEvent} event
   */
  #breaksCode({ ctrlKey, metaKey }) {
    const { value, selectionStart } = this.#field;
    const isOpen = isFenceOpen(value) && isFenceOpen(value.slice(0, selectionStart));
    return isOpen && !ctrlKey && !metaKey;
  }
}
