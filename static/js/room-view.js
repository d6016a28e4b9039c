import { announcer } from "./elements/announcer.js";
import { BlockedLine } from "./elements/blocked-line.js";
import { ChatComposer } from "./elements/chat-composer.js";
import { ChatMembers } from "./elements/chat-members.js";
import { ChatTimeline } from "./elements/chat-timeline.js";
import { ChatTyping } from "./elements/chat-typing.js";
import { copy } from "./elements/copy.js";
import { PersonCard } from "./elements/person-card.js";
import { say } from "./elements/toast.js";
import { setText } from "./lib/dom.js";
import { find } from "./lib/elements.js";
import { formatNumber, gettext } from "./lib/gettext.js";
import { RoomSession } from "./session.js";

/** @typedef {import('./lib/types.js').Bootstrap} Bootstrap */
/** @typedef {import('./lib/types.js').Room} Room */

/** Where the page calls the room by its name, beside its header. */
const CALLED = "chat-timeline [data-part=start] bdi, chat-composer [data-part=join] bdi";
const KEEP_MS = 3000; // after something changed

/**
 * @typedef {object} World what lives on while rooms come and go
 * @property {import('./socket.js').ChatSocket} socket
 * @property {import('./outbox.js').Outbox} outbox
 * @property {import('./drafts.js').Drafts} drafts
 * @property {import('./deletions.js').Deletions} deletions
 * @property {import('./last-read.js').LastRead} lastRead
 * @property {import('./unread.js').Unread} unread
 * @property {import('./goals.js').Goals} goals
 * @property {import('./elements/chat-banner.js').ChatBanner} banner
 * @property {import('./voice.js').SiteVoice} voice
 * @property {import('./ignored.js').Ignored} ignored
 */

/** A visit to a room on the screen: the session, the elements that draw it, and what connects them. */
export class RoomView {
  session;
  #timeline;
  #composer;
  #members;
  #typing;
  #world;
  #announced = document.createElement("div");
  /** @type {(() => void)[]} */ #undo = [];
  /** @type {any} */ #keeping = null;
  #left = false;

  /**
   * @param {HTMLElement} main
   * @param {Bootstrap & {room: Room}} page
   * @param {World} world
   * @param {import('./places.js').Place | null} place where the reader stood before
   */
  constructor(main, page, world, place) {
    const { socket, outbox, drafts, goals, voice, ignored } = world;
    this.#world = world;
    this.session = new RoomSession(
      { socket, outbox, voice, ignored, me: page.user },
      page.room,
      page,
    );
    this.#timeline = find(main, ChatTimeline);
    this.#composer = find(main, ChatComposer);
    this.#members = find(main, ChatMembers);
    this.#typing = find(main, ChatTyping);
    const roomUrl = `${page.urls.room}${encodeURIComponent(page.room.slug)}/`;
    this.#timeline?.attach(this.session, { roomUrl, place, world, page });
    const { limits, urls } = page;
    this.#composer?.attach(this.session, { drafts, socket, goals, limits, urls });
    this.#typing?.attach(this.session);
    if (this.#composer) new BlockedLine(this.#composer, this.session, page.people ?? []);
    this.#members?.attach(this.session);
    new PersonCard(main, this.session, urls);
    document.getElementById("announcements")?.append(this.#announced);
    this.#hearSession();
    this.#hearOutbox();
    this.#hearElements(main);
  }

  get place() {
    return this.#timeline?.place ?? null;
  }

  write() {
    this.#composer?.focus();
  }

  #keepReadSoon() {
    // Leaving tells what was read, and by then it is kept.
    if (this.#left) return;
    this.#keeping ??= setTimeout(() => {
      this.#keeping = null;
      this.#keepRead();
    }, KEEP_MS);
  }

  /** What was read stays readable without a connection. */
  #keepRead() {
    const { room, timeline, seen } = this.session;
    if (room.role === null || timeline.hasAfter) return;
    const read = timeline.messages.filter(({ number }) => number <= seen.number);
    this.#world.lastRead.keep(room, read);
  }

  /** The page is going away: what is still to be said. */
  flush() {
    this.#keepRead();
    this.session.seen.flush();
    this.#timeline?.actions.flush();
  }

  leave() {
    this.#keepRead();
    this.#left = true;
    clearTimeout(this.#keeping);
    for (const undo of this.#undo) undo();
    for (const element of [this.#timeline, this.#composer, this.#members, this.#typing])
      element?.detach();
    this.#announced.remove();
    this.#world.banner.leave();
    this.session.leave();
  }

  #hearSession() {
    const { session } = this;
    session.on("draw", () => this.#keepReadSoon());
    session.on("read", () => this.#keepReadSoon());
    const { unread, banner, outbox } = this.#world;
    const announce = announcer(this.#announced, session.me);
    session.on("posted", (messages) =>
      announce(messages.filter(({ author }) => !session.ignored.has(author.id))),
    );
    session.on("counted", (room) => unread.learn(room));
    session.on("opened", (room) => {
      banner.end("");
      outbox.review(room.slug);
    });
    session.on("read", (read) => unread.read(read));
    session.on("away", (retryAt) => banner.wait("room", retryAt));
    session.on("room", drawHeader);
    session.on("ended", (reason) => {
      banner.end(reason);
    });
  }

  #hearOutbox() {
    const { session } = this;
    const { outbox } = this.#world;
    /** @param {{room: string}} post */
    const isHere = ({ room }) => room === session.room.slug;
    this.#undo.push(
      outbox.on("change", (post) => isHere(post) && session.postChanged(post)),
      outbox.on("gone", (post) => isHere(post) && session.postGone(post.nonce)),
      outbox.on("sent", ({ post, message }) => isHere(post) && session.postSent(post, message)),
      outbox.on("failed", ({ post, error }) => {
        if (isHere(post)) session.postFailed(error);
      }),
      outbox.on("held", (post) => isHere(post) && session.postFailed({ code: "held" })),
    );
  }

  /** What the elements say goes up to `main`, which goes with them. @param {HTMLElement} main */
  #hearElements(main) {
    main.addEventListener("chat-posted", () => this.#showPost());
    main.addEventListener("chat-reply", (event) =>
      this.#composer?.reply(/** @type {CustomEvent} */ (event).detail),
    );
    main.addEventListener("chat-write", () => {
      this.write();
      // Nobody writes in an archived room; what led here may be gone all the same.
      if (document.activeElement === document.body) this.#timeline?.stop?.focus();
    });
    main.addEventListener("chat-edit-last", (event) => {
      const message = this.#timeline?.lastOfMine();
      if (!message) return;
      event.preventDefault();
      this.#timeline?.actions.edit(message);
    });
    main.addEventListener("chat-post", (event) => {
      this.#doWithPost(/** @type {CustomEvent} */ (event).detail);
    });
  }

  /** @param {{action: string, nonce: string}} what */
  #doWithPost({ action, nonce }) {
    const { outbox } = this.#world;
    const body = this.session.timeline.findPost(nonce)?.body ?? "";
    if (action === "retry") outbox.retry(nonce);
    if (action === "copy") copy(body, gettext("The text is copied."));
    // Its text is in the field, and with it in the draft, before it is given up here.
    if (action === "rewrite") this.#composer?.add(body);
    if (action === "discard" || action === "rewrite") outbox.discard(nonce);
  }

  async #showPost() {
    this.#timeline?.draw();
    await this.#timeline?.travels.goToEnd();
    // Far from the end, and it can't be had without a connection: the message is not in sight.
    if (this.session.timeline.hasAfter)
      say(gettext("Your message is kept, and sent when the connection is back."));
  }
}

/** @param {Room} room */
function drawHeader({ name, topic, members }) {
  const texts = { "room-name": name, "room-topic": topic, "member-count": formatNumber(members) };
  for (const [id, text] of Object.entries(texts)) {
    const element = document.getElementById(id);
    if (element) setText(element, text);
  }
  document.getElementById("room-topic")?.setAttribute("title", topic);
  for (const element of document.querySelectorAll(CALLED)) setText(element, name);
  const field = document.querySelector("chat-composer [data-part=body]");
  const asks = gettext("Message %(room)s", { room: name });
  if (field?.getAttribute("placeholder") !== asks) field?.setAttribute("placeholder", asks);
}
