/** @typedef {import('../lib/types.js').Message} Message */

/** Consecutive messages of a room's history, without a hole between the first and the last. */
export class MessageWindow {
  /** @type {Message[]} ascending by number */
  messages = [];
  hasBefore = false;
  hasAfter = false;

  /** @param {number} number @returns {Message | undefined} */
  find(number) {
    const message = this.messages[this.#position(number)];
    return message?.number === number ? message : undefined;
  }

  /** Whether the number is between the first message and the last. @param {number} number */
  holds(number) {
    const { messages } = this;
    return (
      messages.length > 0 &&
      messages[0].number <= number &&
      number <= (messages.at(-1)?.number ?? 0)
    );
  }

  /**
   * Count the messages of a kind between two numbers; null if the window doesn't hold them all.
   *
   * @param {number} first
   * @param {number} last
   * @param {(message: Message) => boolean} isOne
   */
  count(first, last, isOne) {
    if (last < first) return 0;
    if (!this.holds(first) || !this.holds(last)) return null;
    const [from, to] = [this.#position(first), this.#position(last)];
    return this.messages.slice(from, to + 1).filter(isOne).length;
  }

  /**
   * Drop what is farthest from the reader, so that a day in a busy room doesn't end with ten
   * thousand nodes. It can be loaded again as history.
   *
   * @param {number} number what is being read; Infinity keeps the end
   * @param {number} keep how many messages
   */
  trim(number, keep) {
    const surplus = this.messages.length - keep;
    if (surplus <= 0) return;
    const middle = this.#position(number) - Math.floor(keep / 2);
    const from = Math.min(Math.max(middle, 0), surplus);
    this.messages = this.messages.slice(from, from + keep);
    this.hasBefore ||= from > 0;
    this.hasAfter ||= from < surplus;
  }

  /** Whether a message can be put here without leaving a hole. @param {number} number */
  reaches(number) {
    const isBeyond = number > (this.messages.at(-1)?.number ?? 0);
    const isBefore = number < (this.messages[0]?.number ?? Number.POSITIVE_INFINITY);
    return isBeyond ? !this.hasAfter : !isBefore || !this.hasBefore;
  }

  /** Add a message, or the newer version of one. @param {Message} message */
  put(message) {
    const at = this.#position(message.number);
    const known = this.messages[at];
    if (known?.number !== message.number) this.messages = this.messages.toSpliced(at, 0, message);
    else if (message.revision >= known.revision) this.messages = this.messages.with(at, message);
  }

  /** @param {(message: Message) => Message} change keeps the number */
  change(change) {
    this.messages = this.messages.map(change);
  }

  clear() {
    this.messages = [];
  }

  /** The index of the first message with this number or a higher one. @param {number} number */
  #position(number) {
    let low = 0;
    let high = this.messages.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.messages[middle].number < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
