/** @typedef {import('./lib/types.js').Message} Message */

/**
 * A message of mine that I delete is gone from the page at once, and from the server when the time
 * to change one's mind is over: until then nothing has happened that would have to be undone. There
 * is one at a time; the next one, and leaving the page, end the wait.
 */
export class Deletions {
  /** @type {{message: Message, withdraw: () => void} | null} */
  #waiting = null;
  #session;
  #offer;
  #failed;

  /**
   * @param {import('./session.js').RoomSession} session
   * @param {object} page
   * @param {(undo: {take: () => void, over: () => void}) => () => void} page.offer
   * @param {(error: any) => void} page.failed
   */
  constructor(session, { offer, failed }) {
    this.#session = session;
    this.#offer = offer;
    this.#failed = failed;
    session.on("draw", () => this.#cover());
  }

  /** @param {Message} message @param {() => void} [undone] */
  remove(message, undone) {
    this.send();
    const take = () => {
      this.undo();
      undone?.();
    };
    const withdraw = this.#offer({ take, over: () => this.send() });
    this.#waiting = { message, withdraw };
    this.#show(message, true);
  }

  undo() {
    const waiting = this.#end();
    if (waiting) this.#show(waiting.message, false);
  }

  /** Now, and not when the time is over. */
  async send() {
    const waiting = this.#end();
    if (!waiting) return;
    try {
      await this.#session.remove(waiting.message.number);
    } catch (error) {
      this.#show(waiting.message, false);
      this.#failed(error);
    }
  }

  #end() {
    const waiting = this.#waiting;
    waiting?.withdraw();
    this.#waiting = null;
    return waiting;
  }

  /**
   * A newer version of it, which came because somebody reacted to it, say, must not bring it back;
   * and one that a moderator deleted can't be had back.
   */
  #cover() {
    const waiting = this.#waiting;
    const known = waiting && this.#session.timeline.find(waiting.message.number);
    if (!known || known.revision === waiting.message.revision) return;
    waiting.message = known;
    if (known.deleted) this.#end();
    else this.#session.timeline.presume(known.number, { deleted: true });
  }

  /** @param {Message} message @param {boolean} deleted */
  #show({ number }, deleted) {
    this.#session.timeline.presume(number, { deleted });
    this.#session.emit("draw", null);
  }
}
