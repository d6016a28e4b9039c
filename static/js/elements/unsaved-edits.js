import { Edits } from "../edits.js";
import { gettext } from "../lib/gettext.js";
import { copy } from "./copy.js";
import { offer } from "./toast.js";

/** Edits of mine that were typed and not saved: kept, shown at their message, and offered. */
export class UnsavedEdits {
  edits;
  #timeline;
  #session;
  #isOpen;
  #left = false;
  #withdraw = () => {};

  /**
   * @param {import('./chat-timeline.js').ChatTimeline} timeline
   * @param {import('../session.js').RoomSession} session
   * @param {import('../drafts.js').Drafts} drafts
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

  /** Whether a message has an edit that is neither saved nor being written. @param {number} number */
  has(number) {
    if (!this.edits.has(number) || this.#isOpen(number)) return false;
    // Saved, by a page that was closed before it heard of it.
    const message = this.#session.timeline.find(number);
    return this.edits.read(number).trim() !== message?.body?.trim();
  }

  /** @param {number} number */
  copy(number) {
    copy(this.edits.read(number), gettext("The text is copied."));
  }

  /** @param {number} number */
  drop(number) {
    const text = this.edits.read(number);
    this.edits.drop(number);
    const take = () => this.edits.write(number, text);
    offer(gettext("What you typed is given up."), { label: gettext("Undo"), take });
  }

  /** It may wait far above what the reader has come for. */
  #offer() {
    const { first } = this.edits;
    if (first === undefined || this.#left || this.#timeline.nodeNumbered(first)) return;
    const take = () => void this.#timeline.travels.goTo(first);
    const words = gettext("An edit of yours in this room isn't saved.");
    this.#withdraw = offer(words, { label: gettext("Show"), take, undoes: false });
  }
}
