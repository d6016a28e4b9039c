/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('../lib/types.js').Post} Post */

/**
 * My posts to one room: handed to the outbox, and shown in the timeline as the outbox reports on
 * them, until the server's event takes their place.
 */
export class RoomPosts {
  #slug;
  #outbox;
  #timeline;
  #standing;
  #draw;
  #reopen;
  /** @type {(() => void)[]} */ #undo;

  /**
   * @param {object} world
   * @param {string} world.slug
   * @param {import('../composer/outbox.js').Outbox} world.outbox
   * @param {import('../timeline/timeline.js').Timeline} world.timeline
   * @param {import('../people/standing.js').Standing} world.standing
   * @param {() => void} world.draw
   * @param {() => void} world.reopen asks the server for the room as it is now
   */
  constructor({ slug, outbox, timeline, standing, draw, reopen }) {
    this.#slug = slug;
    this.#outbox = outbox;
    this.#timeline = timeline;
    this.#standing = standing;
    this.#draw = draw;
    this.#reopen = reopen;
    const isHere = (/** @type {Post} */ { room }) => room === slug;
    this.#undo = [
      outbox.on("change", (post) => isHere(post) && this.#changed(post)),
      outbox.on("gone", (post) => isHere(post) && this.#gone(post)),
      outbox.on("sent", ({ post, message }) => isHere(post) && this.#sent(post, message)),
      outbox.on("failed", ({ post, error }) => isHere(post) && this.#failed(error)),
      outbox.on("held", (post) => isHere(post) && this.#failed({ code: "held" })),
    ];
  }

  /** @param {{body: string, reply_to: number | null, files?: string[]}} draft */
  post(draft) {
    const post = this.#outbox.post({ room: this.#slug, ...draft });
    this.#timeline.add(post);
    this.#standing.posting();
    this.#draw();
  }

  leave() {
    for (const undo of this.#undo) undo();
  }

  /** It may come from storage, or from another tab. @param {Post} post */
  #changed(post) {
    this.#timeline.add(post);
    this.#timeline.update(post);
    this.#draw();
  }

  /** @param {Post} post @param {Message} [message] */
  #sent(post, message) {
    this.#timeline.sent(post, message);
    this.#draw();
  }

  /** @param {Post} post */
  #gone({ nonce }) {
    this.#timeline.discard(nonce);
    this.#draw();
  }

  /** It was refused or is held, so it doesn't count for slow mode. @param {{code: string}} error */
  #failed({ code }) {
    this.#standing.refused();
    // The event that announced the mute was lost, or is still to come.
    if (code === "muted" && this.#standing.obstacle?.kind !== "muted") this.#reopen();
  }
}
