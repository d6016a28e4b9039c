const MOST = 500; // messages that are remembered one by one; beyond that, only the sum

/** @typedef {{number: number, last_number?: number, revision?: number, unread: number, mentions?: number, read_revision?: number}} Counted */
/**
 * @typedef {{author: number, posted: boolean, mention: boolean, turns: Turn[]}} News of one message, its turns by revision
 */
/** @typedef {{revision: number, isBack: boolean}} Turn deleted or restored */

/**
 * How far I have read in one room, and how much is left: by what the server counted and what
 * happened since, in whatever order it arrives. The server's cursor has a revision, which grows
 * when the cursor is put back; within one revision it only moves forward. My own posts move it too,
 * but their events carry no such revision: a count covers everything up to its last message, so a
 * post of mine up to there is included, and a later one isn't. Likewise, a deletion or restoration
 * is included in a count unless it is later than the room's revision at that time.
 */
export class ReadCursor {
  last;
  read;
  revision;
  #unread;
  #mentions;
  /** The last message that the count covers. */
  #counted;
  /** The room's revision at the time of the count. */
  #at;
  /** News is complete after this revision of the room. */
  #known;
  /** My own latest message. */
  #own = 0;
  /** @type {Map<number, News>} by number */
  #news = new Map();
  #isIgnored;

  /**
   * @param {{last_number: number, read_number: number, unread: number, mentions?: number, revision?: number, read_revision?: number}} room
   * @param {(author: number) => boolean} [isIgnored]
   */
  constructor(room, isIgnored = () => false) {
    const { last_number, read_number, unread, revision = 0, read_revision = 0 } = room;
    this.last = last_number;
    this.read = read_number;
    this.revision = read_revision;
    this.#unread = unread;
    this.#mentions = room.mentions ?? 0;
    this.#counted = last_number;
    this.#at = revision;
    this.#known = revision;
    this.#isIgnored = isIgnored;
  }

  /** Readable messages after the cursor. */
  get unread() {
    return this.#sum(this.#unread, () => true);
  }

  /** Those of them that mention me. */
  get mentions() {
    return this.#sum(this.#mentions, ({ mention }) => mention);
  }

  /** @param {number} sum of what was counted @param {(news: News) => boolean} counts */
  #sum(sum, counts) {
    for (const [number, news] of this.#news) {
      if (number > this.read && counts(news) && !this.#isIgnored(news.author))
        sum += this.#change(number, news);
    }
    return Math.max(0, sum);
  }

  /**
   * Something happened between the count and what is known that wasn't reported here: the server
   * has to count again.
   */
  get isDoubtful() {
    return this.#at < this.#known && this.read < this.#counted;
  }

  /**
   * @param {number} number
   * @param {number} author
   * @param {{isMine: boolean, mention?: boolean}} how `mention`: it mentions me
   */
  posted(number, author, { isMine, mention = false }) {
    this.last = Math.max(this.last, number);
    if (isMine) this.#own = Math.max(this.#own, number);
    if (number > this.#counted) {
      const news = this.#of(number, author);
      news.posted = true;
      news.mention ||= mention;
    }
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
    const last = reading.last_number ?? number + unread; // an older server counted everything
    this.last = Math.max(this.last, last);
    if (read_revision < this.revision) return;
    const isLater = read_revision > this.revision || number > this.read;
    const isNewer = number === this.read && revision >= this.#at && last >= this.#counted;
    if (!isLater && !isNewer) return;
    this.revision = read_revision;
    this.read = number;
    this.#unread = unread;
    this.#mentions = reading.mentions ?? 0;
    this.#counted = last;
    this.#at = revision;
    this.#forget();
    this.#add();
  }

  /** @param {number} number @param {number} author */
  #of(number, author) {
    const news = this.#news.get(number) ?? { author, posted: false, mention: false, turns: [] };
    this.#news.set(number, news);
    return news;
  }

  /**
   * How much a message counts now, minus how much it did.
   *
   * @param {number} number
   * @param {News} news
   */
  #change(number, { posted, turns }) {
    const [first] = turns;
    const is = turns.at(-1)?.isBack ?? posted;
    const was = number <= this.#counted && (first ? !first.isBack : true);
    return Number(is) - Number(was);
  }

  /** Posting means having read the room. */
  #add() {
    if (this.#own <= Math.max(this.#counted, this.read)) return;
    this.read = this.#own;
    this.#unread = 0;
    this.#mentions = 0;
  }

  /** What is counted is no longer news. */
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
    this.#mentions = this.mentions;
    this.#counted = this.last;
    this.#at = Math.max(this.#at, ...turns.map(({ revision }) => revision));
    this.#known = this.#at;
    this.#news.clear();
  }
}
