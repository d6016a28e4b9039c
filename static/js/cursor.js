const MOST = 500; // messages of which something is kept; with more, what they add up to is

/** @typedef {{number: number, last_number?: number, revision?: number, unread: number, read_revision?: number}} Counted */
/** @typedef {{author: number, posted: boolean, turns: Turn[]}} News of one message, its turns by revision */
/** @typedef {{revision: number, isBack: boolean}} Turn deleted, or restored */

/**
 * How far I have read in one room, and how much is left: by what the server has counted, and by what
 * happened since, in whatever order it comes. The server's cursor has a revision, which grows when
 * the cursor is put back; within one revision it only goes forward. What I post moves it as well,
 * and is told by events that carry no such revision: a count has looked at everything up to its last
 * message, so a post of mine up to there is in it, and a later one is not. In the same way a deletion
 * or restoration is in a count unless it is later than the room's revision that was counted.
 */
export class Cursor {
  last;
  read;
  revision;
  #unread;
  /** The last message that was looked at for it. */
  #counted;
  /** The room's revision that was looked at. */
  #at;
  /** Of everything after this revision of the room there is news here, or will be. */
  #known;
  /** My own last message. */
  #own = 0;
  /** @type {Map<number, News>} by number */
  #news = new Map();
  #isIgnored;

  /**
   * @param {{last_number: number, read_number: number, unread: number, revision?: number, read_revision?: number}} room
   * @param {(author: number) => boolean} [isIgnored]
   */
  constructor(room, isIgnored = () => false) {
    const { last_number, read_number, unread, revision = 0, read_revision = 0 } = room;
    this.last = last_number;
    this.read = read_number;
    this.revision = read_revision;
    this.#unread = unread;
    this.#counted = last_number;
    this.#at = revision;
    this.#known = revision;
    this.#isIgnored = isIgnored;
  }

  /** Messages after the cursor that can be read. */
  get unread() {
    let sum = this.#unread;
    for (const [number, news] of this.#news) {
      if (number > this.read && !this.#isIgnored(news.author)) sum += this.#change(number, news);
    }
    return Math.max(0, sum);
  }

  /**
   * Something happened of which nothing was told here, between what was counted and what is known:
   * the server has to count once more.
   */
  get isDoubtful() {
    return this.#at < this.#known && this.read < this.#counted;
  }

  /** @param {number} number @param {number} author @param {boolean} isMine */
  posted(number, author, isMine) {
    this.last = Math.max(this.last, number);
    if (isMine) this.#own = Math.max(this.#own, number);
    if (number > this.#counted) this.#of(number, author).posted = true;
    this.#add();
    this.#fold();
  }

  /**
   * A message was deleted or restored, at this revision of the room.
   *
   * @param {number} number
   * @param {number} author
   * @param {Turn} turn
   */
  turned(number, author, turn) {
    this.last = Math.max(this.last, number);
    if (turn.revision <= this.#at) return;
    const news = this.#of(number, author);
    if (news.turns.some(({ revision }) => revision === turn.revision)) return;
    news.turns.push(turn);
    news.turns.sort((a, b) => a.revision - b.revision);
    this.#fold();
  }

  /** @param {Counted} reading */
  learn(reading) {
    const { number, unread, read_revision = 0, revision = this.#at } = reading;
    const last = reading.last_number ?? number + unread; // a server of before counted everything
    this.last = Math.max(this.last, last);
    if (read_revision < this.revision) return;
    const isLater = read_revision > this.revision || number > this.read;
    const isNewer = number === this.read && revision >= this.#at && last >= this.#counted;
    if (!isLater && !isNewer) return;
    this.revision = read_revision;
    this.read = number;
    this.#unread = unread;
    this.#counted = last;
    this.#at = revision;
    this.#forget();
    this.#add();
  }

  /** @param {number} number @param {number} author */
  #of(number, author) {
    const news = this.#news.get(number) ?? { author, posted: false, turns: [] };
    this.#news.set(number, news);
    return news;
  }

  /** What a message counts now, less what it counted. @param {number} number @param {News} news */
  #change(number, { posted, turns }) {
    const [first] = turns;
    const is = turns.at(-1)?.isBack ?? posted;
    const was = number <= this.#counted && (first ? !first.isBack : true);
    return Number(is) - Number(was);
  }

  /** Who posts has read the room. */
  #add() {
    if (this.#own <= Math.max(this.#counted, this.read)) return;
    this.read = this.#own;
    this.#unread = 0;
  }

  /** What was counted is no news. */
  #forget() {
    for (const [number, news] of this.#news) {
      news.turns = news.turns.filter(({ revision }) => revision > this.#at);
      if (number <= this.#counted && news.turns.length === 0) this.#news.delete(number);
    }
  }

  #fold() {
    if (this.#news.size <= MOST) return;
    const turns = [...this.#news.values()].flatMap((news) => news.turns);
    this.#unread = this.unread;
    this.#counted = this.last;
    this.#at = Math.max(this.#at, ...turns.map(({ revision }) => revision));
    this.#known = this.#at;
    this.#news.clear();
  }
}
