import { MAX_PAGE } from "../protocol.js";

/** @typedef {import('../protocol.js').Attachment} Attachment */
/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {'before' | 'after'} Direction */
/** @typedef {{message: Message, picture: Attachment, at: number, of: number}} Shown at: its place among those of its message, from 1 */

const MOST_PAGES = 5; // for one step: the reader, who may not want to go that far, asks again

/**
 * The pictures of a conversation in its order: those of the messages that the page shows, and then
 * of those before and after them, which are fetched without becoming part of the page.
 */
export class Pictures {
  /** @type {Shown[]} */ all;
  #edges;
  #beside;
  #isHidden;

  /**
   * @param {object} world
   * @param {Pick<import('./message-window.js').MessageWindow, 'messages' | 'hasBefore' | 'hasAfter'>} world.timeline
   * @param {(direction: Direction, number: number, limit: number) => Promise<import('../lib/types.js').Page>} world.beside
   *   fetches the messages beside one
   * @param {(message: Message) => boolean} world.isHidden
   */
  constructor({ timeline, beside, isHidden }) {
    const { messages, hasBefore, hasAfter } = timeline;
    this.#beside = beside;
    this.#isHidden = isHidden;
    this.#edges = {
      before: { number: messages[0]?.number ?? 1, hasMore: hasBefore },
      after: { number: messages.at(-1)?.number ?? 1, hasMore: hasAfter },
    };
    this.all = this.#in(messages);
  }

  /** @param {string} id @returns its place; -1 if there is none with this id */
  indexOf(id) {
    return this.all.findIndex(({ picture }) => picture.id === id);
  }

  /** Whether there are messages that haven't been looked at. @param {Direction} direction */
  goesOn(direction) {
    return this.#edges[direction].hasMore;
  }

  /**
   * Add the next pictures in a direction. Rejects like the fetching.
   *
   * @param {Direction} direction
   * @returns {Promise<boolean>} false: there are none in as many messages as are looked at for one step
   */
  async find(direction) {
    for (let pages = 0; pages < MOST_PAGES && this.goesOn(direction); pages += 1)
      if (await this.#more(direction)) return true;
    return false;
  }

  /** @param {Direction} direction @returns {Promise<boolean>} whether there were any */
  async #more(direction) {
    const edge = this.#edges[direction];
    const page = await this.#beside(direction, edge.number, MAX_PAGE);
    const isBefore = direction === "before";
    const last = isBefore ? page.messages[0] : page.messages.at(-1);
    edge.hasMore = last !== undefined && (isBefore ? page.has_before : page.has_after);
    edge.number = last?.number ?? edge.number;
    const found = this.#in(page.messages);
    this.all = isBefore ? [...found, ...this.all] : [...this.all, ...found];
    return found.length > 0;
  }

  /**
   * A picture may have been deleted, described or made ready meanwhile.
   *
   * @param {(number: number) => Message | undefined} find a message as it is now, if it is known
   */
  refresh(find) {
    this.all = this.all.flatMap((one) => {
      const now = find(one.message.number);
      if (!now) return [one];
      return picturesOf(now).filter(({ picture }) => picture.id === one.picture.id);
    });
  }

  /** @param {Message[]} messages */
  #in(messages) {
    return messages.filter((one) => !one.deleted && !this.#isHidden(one)).flatMap(picturesOf);
  }
}

/** @param {Message} message @returns {Shown[]} */
function picturesOf(message) {
  const { attachments = [] } = message;
  const pictures = attachments.filter(({ kind, ready = true }) => kind === "image" && ready);
  return pictures.map((picture, at) => ({ message, picture, at: at + 1, of: pictures.length }));
}
