/**
 * How far I have read in one room, by what the server says and by what I post, in whatever order it
 * comes. The server's cursor has a revision, which grows when the cursor is put back; within one
 * revision it only goes forward. What I post moves it as well, and is told by events that carry no
 * revision: a reading counts everything up to its last message, so a post of mine up to there is in
 * it, and a later one is not.
 */
export class Cursor {
  last;
  read;
  revision;
  /** The last message that the readings of this revision have counted. */
  #counted;
  /** My own last message. */
  #own = 0;

  /** @param {{last_number: number, read_number: number, read_revision?: number}} room */
  constructor({ last_number, read_number, read_revision = 0 }) {
    this.last = last_number;
    this.read = read_number;
    this.revision = read_revision;
    this.#counted = last_number;
  }

  get unread() {
    return Math.max(0, this.last - this.read);
  }

  /** @param {number} number @param {boolean} isMine */
  posted(number, isMine) {
    this.last = Math.max(this.last, number);
    if (isMine) this.#own = Math.max(this.#own, number);
    this.#add();
  }

  /** @param {{number: number, unread: number, read_revision?: number}} reading */
  learn({ number, unread, read_revision = 0 }) {
    const last = number + unread;
    this.last = Math.max(this.last, last);
    if (read_revision < this.revision) return;
    const isLater = read_revision > this.revision;
    this.revision = read_revision;
    this.read = isLater ? number : Math.max(this.read, number);
    this.#counted = isLater ? last : Math.max(this.#counted, last);
    this.#add();
  }

  #add() {
    if (this.#own > this.#counted) this.read = Math.max(this.read, this.#own);
  }
}
