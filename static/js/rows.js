import { dayOf } from "./lib/time.js";

/** @typedef {import('./lib/types.js').Message} Message */
/** @typedef {import('./lib/types.js').Post} Post */
/** @typedef {import('./lib/types.js').User} User */

/**
 * @typedef {{kind: 'day', key: string, day: string}} DayRow
 * @typedef {{kind: 'unread', key: string}} UnreadRow
 * @typedef {{kind: 'message', key: string, item: Message | Post, author: User, grouped: boolean, unsaved?: boolean, quote?: Message | null, veiled?: boolean}} MessageRow
 * @typedef {{kind: 'fold', key: string, numbers: number[], people: number, open: boolean}} FoldRow
 * @typedef {DayRow | UnreadRow | FoldRow | MessageRow} Row
 */

const GROUP_MINUTES = 5;

/** @param {Message | Post} item @returns {item is Message} */
export const isMessage = (item) => "number" in item;

/**
 * A message keeps its key from the moment it is typed, so that the node drawn for the post is the
 * node of the message, and confirming it moves nothing.
 *
 * @param {Message | Post} item
 * @param {User} me
 */
export const keyOf = (item, me) => `${isMessage(item) ? item.author.id : me.id}/${item.nonce}`;

/**
 * The lines of the timeline: day separators where the reader's calendar turns, one divider before
 * the first message that was unread on arrival, and messages that drop their head after another
 * by the same author.
 *
 * @param {(Message | Post)[]} items
 * @param {object} reader
 * @param {User} reader.me
 * @param {number | null} [reader.unreadFrom]
 * @param {(number: number) => boolean} [reader.unsaved] whether my edit of a message waits to be saved
 * @param {(number: number) => Message | null | undefined} [reader.quote]
 * @param {{has: (id: number) => boolean}} [reader.ignored] people whom I don't want to hear
 * @param {(message: Message) => boolean} [reader.isFolded] whether what one of them wrote is hidden
 * @returns {Row[]}
 */
export function rowsOf(items, { me, unreadFrom = null, unsaved, quote, ignored, isFolded }) {
  /** @type {Row[]} */
  const rows = [];
  let run = /** @type {Run | null} */ (null);
  let previous = /** @type {MessageRow | null} */ (null);
  let today = "";
  for (const item of items) {
    const day = dayOf(item.created_at);
    const author = isMessage(item) ? item.author : me;
    // A clock that was set back begins no day anew: there would be two of one name and key.
    if (day > today) {
      today = day;
      rows.push({ kind: "day", key: `day/${day}`, day });
      previous = run = null;
    }
    if (isMessage(item) && item.number === unreadFrom) {
      rows.push({ kind: "unread", key: "unread" });
      previous = run = null;
    }
    if (isMessage(item) && ignored?.has(author.id)) {
      const open = run?.row.open === true || !isFolded?.(item);
      if (run?.row.open !== open) {
        run = foldFrom(item, open);
        rows.push(run.row);
        previous = null;
      }
      run.row.numbers.push(item.number);
      run.row.people = run.people.add(author.id).size;
      if (!open) continue;
    } else run = null;
    const grouped = previous?.author.id === author.id && isSoon(previous.item, item);
    previous = { kind: "message", key: keyOf(item, me), item, author, grouped };
    if (isMessage(item) && unsaved?.(item.number)) previous.unsaved = true;
    if (item.reply_to) previous.quote = quote?.(item.reply_to);
    if (previous.quote && ignored?.has(previous.quote.author.id)) previous.veiled = true;
    rows.push(previous);
  }
  return rows;
}

/**
 * Messages of ignored people that follow one another. One that is shown shows those after it.
 *
 * @typedef {{row: FoldRow, people: Set<number>}} Run
 *
 * @param {Message} first
 * @param {boolean} open
 * @returns {Run}
 */
const foldFrom = ({ number }, open) => ({
  row: { kind: "fold", key: `fold/${number}`, numbers: [], people: 0, open },
  people: new Set(),
});

/**
 * A reply starts anew: the quote above it needs to say who speaks.
 *
 * @param {Message | Post} before
 * @param {Message | Post} item
 */
function isSoon(before, item) {
  if (item.reply_to) return false;
  const apart = new Date(item.created_at).getTime() - new Date(before.created_at).getTime();
  return apart <= GROUP_MINUTES * 60_000;
}

/**
 * Whether there is something to read in a message, as unread counts it.
 *
 * @param {Message} message
 * @param {{has: (id: number) => boolean}} [ignored]
 */
export const isReadable = ({ deleted, author }, ignored) => !deleted && !ignored?.has(author.id);

/**
 * Where this visit's divider goes: before the first unread message that can be read and is not mine.
 * It is computed once, since a divider that moves while one reads makes the page jump.
 *
 * @param {Message[]} messages
 * @param {{read: number, last: number, me: {id: number}, hasBefore: boolean, ignored?: {has: (id: number) => boolean}}} visit
 */
export function firstUnread(messages, { read, last, me, hasBefore, ignored }) {
  if (last <= read || messages.length === 0) return null;
  // The first unread message lies above what is loaded: its place is not known.
  if (hasBefore && messages[0].number > read + 1) return null;
  const isFirst = (/** @type {Message} */ message) =>
    message.number > read && message.author.id !== me.id && isReadable(message, ignored);
  return messages.find(isFirst)?.number ?? null;
}
