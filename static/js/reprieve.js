/** @typedef {import('./lib/types.js').Message} Message */
/** @typedef {import('./deletions.js').Deletions} Deletions */

/**
 * A message of mine that I delete is gone from the page at once, and from the server when the time
 * to change one's mind is over: until then nothing has happened that would have to be undone. There
 * is one at a time; the next one, and leaving the page, end the wait.
 */
export class Reprieve {
  /** @type {{message: Message, withdraw: () => void} | null} */
  #waiting = null;
  #session;
  #deletions;
  #offer;
  /** @type {(() => void)[]} */ #undo;

  /**
   * @param {import('./session.js').RoomSession} session
   * @param {Pick<Deletions, 'of' | 'ask' | 'undo' | 'send' | 'on'>} deletions
   * @param {(undo: {take: () => void, over: () => void}) => () => void} offer
   */
  constructor(session, deletions, offer) {
    this.#session = session;
    this.#deletions = deletions;
    this.#offer = offer;
    const isHere = (/** @type {{room: string}} */ { room }) => room === session.room.slug;
    this.#undo = [
      deletions.on("asked", (deletion) => isHere(deletion) && this.#show(deletion.number, true)),
      deletions.on("failed", (deletion) => isHere(deletion) && this.#show(deletion.number, false)),
      deletions.on("done", (done) => isHere(done) && this.#done(done.message)),
    ];
    session.on("draw", () => this.#cover());
    this.#cover();
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
    this.#deletions.ask(this.#named(message));
    this.#show(message.number, true);
  }

  /** Without a way back. @param {Message} message @param {string} reason for other moderators */
  removeNow(message, reason) {
    const deletion = { ...this.#named(message), ...(reason && { reason }) };
    this.#deletions.ask(deletion);
    this.#show(message.number, true);
    this.#deletions.send(deletion);
  }

  undo() {
    const waiting = this.#end();
    if (!waiting) return;
    this.#deletions.undo(this.#named(waiting.message));
    this.#show(waiting.message.number, false);
  }

  /** Now, and not when the time is over. */
  send() {
    const waiting = this.#end();
    if (waiting) this.#deletions.send(this.#named(waiting.message));
  }

  /** The room is left: what was deleted in it is deleted. */
  leave() {
    this.send();
    for (const undo of this.#undo) undo();
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
    for (const number of this.#deletions.of(this.#session.room.slug)) {
      const known = this.#session.timeline.find(number);
      if (known && !known.deleted) this.#session.timeline.presume(number, { deleted: true });
    }
    const waiting = this.#waiting;
    const known = waiting && this.#session.timeline.find(waiting.message.number);
    if (!known || known.revision === waiting.message.revision) return;
    const isGone = known.body === undefined;
    waiting.message = known;
    if (!isGone) return;
    this.#end();
    this.#deletions.undo(this.#named(known));
  }

  /** @param {Message} message */
  #done(message) {
    this.#session.timeline.presume(message.number, message);
    this.#session.emit("draw", null);
  }

  /** @param {number} number @param {boolean} deleted */
  #show(number, deleted) {
    this.#session.timeline.presume(number, { deleted });
    this.#session.emit("draw", null);
  }

  /** @param {Message} message */
  #named({ number }) {
    return { room: this.#session.room.slug, number };
  }
}
