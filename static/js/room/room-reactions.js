import { isMine, Reactors, toggled } from "../timeline/reactions.js";

/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('../lib/types.js').Reaction} Reaction */

/** Reactions to the messages of one room: mine, and who else reacted. */
export class RoomReactions {
  #me;
  #timeline;
  #ask;
  #draw;

  /**
   * @param {object} world
   * @param {import('../lib/types.js').User} world.me
   * @param {import('../timeline/timeline.js').Timeline} world.timeline
   * @param {(command: import('../lib/types.js').Command, how?: {keep?: boolean}) => Promise<any>} world.ask
   * @param {() => void} world.draw
   */
  constructor({ me, timeline, ask, draw }) {
    this.#me = me;
    this.#timeline = timeline;
    this.#ask = ask;
    this.#draw = draw;
  }

  /**
   * Add my emoji to a message, or remove it. It shows at once.
   *
   * @param {Message} message
   * @param {string} emoji
   */
  async toggle(message, emoji) {
    const { number, revision, reactions } = message;
    const type = isMine(message, emoji, this.#me) ? "reaction.remove" : "reaction.add";
    this.#timeline.presume(number, { reactions: toggled(message, emoji, this.#me) });
    this.#draw();
    try {
      await this.#ask({ type, number, emoji }, { keep: true });
    } catch (error) {
      // A later version came with its own reactions, which are the true ones.
      if (this.#timeline.find(number)?.revision === revision)
        this.#timeline.presume(number, { reactions });
      this.#draw();
      throw error;
    }
  }

  /** Everyone who reacted to a message with this emoji. @param {Message} message @param {Reaction} reaction */
  reactors({ number }, reaction) {
    return new Reactors(reaction, (emoji, after) =>
      this.#ask({ type: "reactions", number, emoji, after }),
    );
  }
}
