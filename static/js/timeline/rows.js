import { isMessage } from "../lib/messages.js";
import { dayOf } from "../lib/time.js";

/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('../lib/types.js').Post} Post */
/** @typedef {import('../lib/types.js').User} User */

/**
 * @typedef {{kind: 'day', key: string, day: string}} DayRow
 * @typedef {{kind: 'unread', key: string}} UnreadRow
 * @typedef {{kind: 'web', key: string}} WebRow
 * @typedef {{kind: 'message', key: string, item: Message | Post, author: User, grouped: boolean, unsaved?: boolean, quote?: Message | null, veiled?: boolean, linked?: readonly import('./linked-messages.js').Linked[]}} MessageRow
 * @typedef {{kind: 'fold', key: string, numbers: number[], people: number, open: boolean}} FoldRow
 * @typedef {DayRow | UnreadRow | WebRow | FoldRow | MessageRow} Row
 */

const GROUP_MINUTES = 5;

/**
 * A message keeps its key from the moment it is typed, so that the post's node becomes the
 * message's node, and confirming it moves nothing.
 *
 * @param {Message | Post} item
 * @param {User} me
 */
export const keyOf = (item, me) => `${isMessage(item) ? item.author.id : me.id}/${item.nonce}`;

/**
 * The rows of the timeline: separators between the reader's calendar days, one divider before the
 * first message that was unread on arrival, and messages without a head if they follow another by
 * the same author.
 *
 * @param {(Message | Post)[]} items
 * @param {object} reader
 * @param {User} reader.me
 * @param {number | null} [reader.unreadFrom]
 * @param {number | null} [reader.webAfter] outsiders can read the messages after this one
 * @param {(number: number) => boolean} [reader.unsaved] whether a message has an unsaved edit of
 *   mine
 * @param {(number: number) => Message | null | undefined} [reader.quote]
 * @param {(message: Message) => readonly import('./linked-messages.js').Linked[]} [reader.linked]
 *   the messages that one links to
 * @param {{has: (id: number) => boolean}} [reader.ignored] people whose messages are folded
 * @param {(message: Message) => boolean} [reader.isFolded] whether such a message is folded now
 * @returns {Row[]}
 */
export function rowsOf(
  items,
  { me, unreadFrom = null, webAfter = null, unsaved, quote, linked, ignored, isFolded },
) {
  /** @type {Row[]} */
  const rows = [];
  let run = /** @type {Run | null} */ (null);
  let previous = /** @type {MessageRow | null} */ (null);
  let today = "";
  let last = 0; // the number before
  for (const item of items) {
    const day = dayOf(item.created_at);
    const author = isMessage(item) ? item.author : me;
    // A clock that was set back doesn't start a day again, or two rows would share a key.
    if (day > today) {
      today = day;
      rows.push({ kind: "day", key: `day/${day}`, day });
      previous = run = null;
    }
    if (isMessage(item) ? item.number - 1 === webAfter : last === webAfter) {
      rows.push({ kind: "web", key: "web" });
      previous = run = null;
    }
    last = isMessage(item) ? item.number : -1;
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
    if (linked && isMessage(item)) previous.linked = linked(item);
    if (item.reply_to) previous.quote = quote?.(item.reply_to);
    if (previous.quote && ignored?.has(previous.quote.author.id)) previous.veiled = true;
    rows.push(previous);
  }
  if (last === webAfter) rows.push({ kind: "web", key: "web" });
  return rows;
}

/**
 * Consecutive messages of ignored people. An unfolded one also shows those after it.
 *
 * @typedef {{row: FoldRow, people: Set<number>}} Run
 * @param {Message} first
 * @param {boolean} open
 * @returns {Run}
 */
const foldFrom = ({ number }, open) => ({
  row: { kind: "fold", key: `fold/${number}`, numbers: [], people: 0, open },
  people: new Set(),
});

/**
 * A reply starts a new group: the quote above it needs its author.
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
 * Whether there is something to read in a message, as counted for unread.
 *
 * @param {Message} message
 * @param {{has: (id: number) => boolean}} [ignored]
 */
export const isReadable = ({ deleted, author }, ignored) => !deleted && !ignored?.has(author.id);

/**
 * Where this visit's divider goes: before the first readable unread message that isn't mine. It is
 * computed once, since a moving divider would make the page jump.
 *
 * @param {Message[]} messages
 * @param {{read: number, last: number, me: {id: number}, hasBefore: boolean, ignored?: {has: (id: number) => boolean}}} visit
 */
export function firstUnread(messages, { read, last, me, hasBefore, ignored }) {
  if (last <= read || messages.length === 0) return null;
  // The first unread message is above what is loaded: its place isn't known.
  if (hasBefore && messages[0].number > read + 1) return null;
  const isFirst = (/** @type {Message} */ message) =>
    message.number > read && message.author.id !== me.id && isReadable(message, ignored);
  return messages.find(isFirst)?.number ?? null;
}
