import { gettext } from "../lib/gettext.js";
import { say } from "../lib/toast.js";
import { MAX_PAGE } from "../protocol.js";
import { firstUnread } from "./rows.js";

const LANDING = 0.3; // of the view above the target: enough context to see what it follows
const AGAIN_MS = 2000;

/**
 * Jumps in the conversation: to a message, to the end, to where the unread began. They never
 * overlap: the last one asked for wins.
 */
export class Jumps {
  /** Counts the jumps: only the last one takes effect. */
  #turn = 0;
  #isJumping = false;
  #isRefetching = false;
  #timeline;
  #session;
  #keeper;
  #newMessages;
  #signal;

  /**
   * @param {import('./chat-timeline.js').ChatTimeline} timeline
   * @param {object} visit
   * @param {import('../room/session.js').RoomSession} visit.session
   * @param {import('../lib/scroll.js').ScrollKeeper} visit.keeper
   * @param {import('../reading/new-messages.js').NewMessages} visit.newMessages
   * @param {AbortSignal} visit.signal
   */
  constructor(timeline, { session, keeper, newMessages, signal }) {
    this.#timeline = timeline;
    this.#session = session;
    this.#keeper = keeper;
    this.#newMessages = newMessages;
    this.#signal = signal;
  }

  /**
   * Jump to a message, fetching its surroundings if it is far away.
   *
   * @param {number} number
   * @returns {Promise<boolean>} whether the reader is there
   */
  async goTo(number) {
    if (!(await this.#jump(() => this.#session.history.goTo(number)))) return false;
    this.#timeline.folds.unfold(number);
    const node = this.#timeline.nodeNumbered(number);
    if (!node) return false;
    this.#keeper.toElement(node, LANDING);
    node.focus({ preventScroll: true });
    node.classList.remove("message--found");
    // Forces a reflow, so that the class counts as newly added and the highlight runs again.
    void node.offsetWidth;
    node.classList.add("message--found");
    return true;
  }

  async goToEnd() {
    const go = () => this.#session.history.goToEnd().then(() => true);
    const words = gettext("The latest messages will load when you're back online.");
    if (!(await this.#jump(go, words))) return;
    this.#keeper.toEnd();
    this.#timeline.look();
  }

  /** Where the unread began, which may be far above. */
  async goToUnread() {
    const { from } = this.#newMessages;
    if (from === null || !(await this.#jump(() => this.#session.history.goTo(from)))) return;
    const { timeline, me, ignored } = this.#session;
    const { lastNumber: last, hasBefore } = timeline;
    const visit = { read: from - 1, last, me, hasBefore, ignored };
    this.#session.reading.unreadFrom ??= firstUnread(timeline.messages, visit);
    this.#timeline.draw({ arriving: true });
    const goal = this.#timeline.nodeOf("unread") ?? this.#timeline.nodeNumbered(from);
    if (goal) this.#keeper.toElement(goal, LANDING);
    this.#timeline.look();
  }

  /**
   * Where a visit starts: the reader's last place, the permalink, the first unread message, or the
   * end.
   *
   * @param {import('../navigation/scroll-places.js').Place | null} place
   */
  async begin(place) {
    const { around, unreadFrom } = this.#session.reading;
    const divider = unreadFrom === null ? null : this.#timeline.nodeOf("unread");
    if (place && this.#showPlace(place)) return;
    if (around) await this.goTo(around);
    else if (divider) this.#keeper.toElement(divider, LANDING);
    else this.#keeper.toEnd();
    if (place) await this.#showPlaceLater(place);
  }

  /**
   * Back to a place that isn't loaded, unless the reader moves before it is.
   *
   * @param {import('../navigation/scroll-places.js').Place} place
   */
  async #showPlaceLater(place) {
    const { scroller } = this.#timeline;
    const { scrollTop } = scroller;
    const turn = this.#turn;
    const isWanted = () => turn === this.#turn && !this.#signal.aborted;
    // A page that was just loaded has no connection yet.
    const go = () => this.#session.history.goTo(place.number, MAX_PAGE, { keep: true });
    const found = await go().catch(() => false);
    if (!found || !isWanted()) return;
    if (Math.abs(scroller.scrollTop - scrollTop) > 1) return;
    this.#timeline.draw({ arriving: true });
    this.#showPlace(place);
  }

  /**
   * @param {import('../navigation/scroll-places.js').Place} place
   * @returns {boolean} whether its message is loaded
   */
  #showPlace({ number, offset }) {
    const node = this.#timeline.nodeNumbered(number);
    if (node) this.#keeper.toElement(node, offset / this.#timeline.scroller.clientHeight);
    return node !== null;
  }

  /** Fetch the surroundings again; until they arrive, the old rows stay. @param {number} number */
  async refetch(number) {
    if (this.#isRefetching || this.#isJumping) return;
    this.#isRefetching = true;
    const turn = this.#turn;
    const found = await this.#session.history.goTo(number, MAX_PAGE).catch(() => false);
    this.#isRefetching = false;
    if (found && turn === this.#turn) this.#timeline.draw({ arriving: true });
    else setTimeout(() => this.#timeline.draw(), AGAIN_MS);
  }

  /**
   * @param {() => Promise<boolean>} go
   * @param {string} [trouble] said if it can't be loaded
   */
  async #jump(go, trouble = gettext("This message can't be shown right now.")) {
    this.#turn += 1;
    const turn = this.#turn;
    this.#isJumping = true;
    const found = await go().catch(() => false);
    if (turn !== this.#turn || this.#signal.aborted) return false;
    this.#isJumping = false;
    this.#timeline.draw({ arriving: found });
    if (!found) say(trouble);
    return found;
  }
}
