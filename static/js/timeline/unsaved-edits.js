import { copy } from "../lib/copy.js";
import { gettext } from "../lib/gettext.js";
import { offer } from "../lib/toast.js";
import { Edits } from "./edits.js";

/** My unsaved edits: kept, marked at their messages, and offered for continuing. */
export class UnsavedEdits {
  edits;
  #timeline;
  #session;
  #isOpen;
  #left = false;
  #withdraw = () => {};

  /**
   * @param {import('./chat-timeline.js').ChatTimeline} timeline
   * @param {import('../room/session.js').RoomSession} session
   * @param {import('../composer/drafts.js').Drafts} drafts
   * @param {(number: number) => boolean} isOpen whether a message is being edited
   */
  constructor(timeline, session, drafts, isOpen) {
    this.#timeline = timeline;
    this.#session = session;
    this.#isOpen = isOpen;
    this.edits = new Edits(drafts, session.room.slug);
    this.edits.on("change", () => session.emit("draw", null));
    drafts.ready.then(() => this.#offer());
  }

  leave() {
    this.edits.leave();
    this.#left = true;
    this.#withdraw();
  }

  /** Whether a message has an unsaved edit that isn't open. @param {number} number */
  has(number) {
    if (!this.edits.has(number) || this.#isOpen(number)) return false;
    // It was saved by a page that was closed before it knew.
    const message = this.#session.timeline.find(number);
    return this.edits.read(number).trim() !== message?.body?.trim();
  }

  /** @param {number} number */
  copy(number) {
    copy(this.edits.read(number), gettext("Text copied."));
  }

  /** @param {number} number */
  drop(number) {
    const text = this.edits.read(number);
    this.edits.drop(number);
    const take = () => this.edits.write(number, text);
    offer(gettext("Edit discarded."), { label: gettext("Undo"), take });
  }

  /** It may be far above where the reader starts. */
  #offer() {
    const { first } = this.edits;
    if (first === undefined || this.#left || this.#timeline.nodeNumbered(first)) return;
    const take = () => void this.#timeline.jumps.goTo(first);
    const words = gettext("You have an unsaved edit in this room.");
    this.#withdraw = offer(words, { label: gettext("Show"), take, undoes: false });
  }
}
