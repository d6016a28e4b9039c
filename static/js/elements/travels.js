import { MOST } from "../history.js";
import { gettext } from "../lib/gettext.js";
import { firstUnread } from "../rows.js";
import { say } from "./toast.js";

const LANDING = 0.3; // of the view above what one comes for: enough to see what it follows
const AGAIN_MS = 2000;

/**
 * Going about in the conversation: to a message, to the end, to where the unread began. Two journeys
 * never overlap: where the reader wanted to go last is where they arrive.
 */
export class Travels {
  /** Counts where the reader wanted to go: only the last of it happens. */
  #journey = 0;
  #travelling = false;
  #finding = false;
  #timeline;
  #session;
  #keeper;
  #unseen;
  #signal;

  /**
   * @param {import('./chat-timeline.js').ChatTimeline} timeline
   * @param {object} visit
   * @param {import('../session.js').RoomSession} visit.session
   * @param {import('../lib/scroll.js').ScrollKeeper} visit.keeper
   * @param {import('../unseen.js').Unseen} visit.unseen
   * @param {AbortSignal} visit.signal
   */
  constructor(timeline, { session, keeper, unseen, signal }) {
    this.#timeline = timeline;
    this.#session = session;
    this.#keeper = keeper;
    this.#unseen = unseen;
    this.#signal = signal;
  }

  /**
   * Goes to a message, fetching its surroundings when it is far away.
   *
   * @param {number} number
   * @returns {Promise<boolean>} whether the reader is there
   */
  async goTo(number) {
    if (!(await this.#travel(() => this.#session.history.goTo(number)))) return false;
    this.#timeline.folds.show(number);
    const node = this.#timeline.nodeNumbered(number);
    if (!node) return false;
    this.#keeper.toElement(node, LANDING);
    node.focus({ preventScroll: true });
    node.classList.remove("message--found");
    // Read so that the class counts as added anew, and the light runs again.
    void node.offsetWidth;
    node.classList.add("message--found");
    return true;
  }

  async goToEnd() {
    const go = () => this.#session.history.goToEnd().then(() => true);
    const words = gettext("The latest messages come when the connection is back.");
    if (!(await this.#travel(go, words))) return;
    this.#keeper.toEnd();
    this.#timeline.look();
  }

  /** Where the unread began, which may lie far above. */
  async goToUnread() {
    const { from } = this.#unseen;
    if (from === null || !(await this.#travel(() => this.#session.history.goTo(from)))) return;
    const { timeline, me, ignored } = this.#session;
    const { lastNumber: last, hasBefore } = timeline;
    const visit = { read: from - 1, last, me, hasBefore, ignored };
    this.#session.unreadFrom ??= firstUnread(timeline.messages, visit);
    this.#timeline.draw({ arriving: true });
    const goal = this.#timeline.nodeOf("unread") ?? this.#timeline.nodeNumbered(from);
    if (goal) this.#keeper.toElement(goal, LANDING);
    this.#timeline.look();
  }

  /**
   * Where a visit begins: where the reader stood, the permalink, the first unread message, or the
   * end.
   *
   * @param {import('../places.js').Place | null} place
   */
  async land(place) {
    const { around, unreadFrom } = this.#session;
    const divider = unreadFrom === null ? null : this.#timeline.nodeOf("unread");
    if (place && this.#stand(place)) return;
    if (around) await this.goTo(around);
    else if (divider) this.#keeper.toElement(divider, LANDING);
    else this.#keeper.toEnd();
    if (place) await this.#return(place);
  }

  /** Back to a place that isn't among the rows, unless the reader goes elsewhere before it comes. @param {import('../places.js').Place} place */
  async #return(place) {
    const { scroller } = this.#timeline;
    const { scrollTop } = scroller;
    const journey = this.#journey;
    const isWanted = () => journey === this.#journey && !this.#signal.aborted;
    // A page that was just loaded has no connection yet.
    const go = () => this.#session.history.goTo(place.number, MOST, { keep: true });
    const found = await go().catch(() => false);
    if (!found || !isWanted()) return;
    if (Math.abs(scroller.scrollTop - scrollTop) > 1) return;
    this.#timeline.draw({ arriving: true });
    this.#stand(place);
  }

  /** @param {import('../places.js').Place} place @returns {boolean} whether its message is among the rows */
  #stand({ number, offset }) {
    const node = this.#timeline.nodeNumbered(number);
    if (node) this.#keeper.toElement(node, offset / this.#timeline.scroller.clientHeight);
    return node !== null;
  }

  /** Has the surroundings anew; until they come, the old rows stay where they are. @param {number} number */
  async refind(number) {
    if (this.#finding || this.#travelling) return;
    this.#finding = true;
    const journey = this.#journey;
    const found = await this.#session.history.goTo(number, MOST).catch(() => false);
    this.#finding = false;
    if (found && journey === this.#journey) this.#timeline.draw({ arriving: true });
    else setTimeout(() => this.#timeline.draw(), AGAIN_MS);
  }

  /**
   * @param {() => Promise<boolean>} go
   * @param {string} [trouble] what is said when it can't be had
   */
  async #travel(go, trouble = gettext("This message can't be shown at the moment.")) {
    this.#journey += 1;
    const journey = this.#journey;
    this.#travelling = true;
    const found = await go().catch(() => false);
    if (journey !== this.#journey || this.#signal.aborted) return false;
    this.#travelling = false;
    this.#timeline.draw({ arriving: found });
    if (!found) say(trouble);
    return found;
  }
}
