/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('./deletions.js').Deletions} Deletions */

/**
 * Undo for my deletions: a message disappears from the page at once, and from the server when the
 * time to undo is over, so that until then nothing has happened. There is one at a time; the next
 * deletion, and leaving the page, end the wait.
 */
export class DeleteUndo {
  /** @type {{message: Message, withdraw: () => void} | null} */
  #waiting = null;
  #session;
  #deletions;
  #offer;
  /** @type {(() => void)[]} */ #undo;

  /**
   * @param {import('../room/session.js').RoomSession} session
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

  /** Without undo. @param {Message} message @param {string} reason for the other moderators */
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

  /** Now, instead of when the time is over. */
  send() {
    const waiting = this.#end();
    if (waiting) this.#deletions.send(this.#named(waiting.message));
  }

  /** The room is left: what was deleted is deleted. */
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
   * A newer version of the message, because of a reaction for example, must not bring it back; and
   * if a moderator deleted it, there is nothing to undo.
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
