import { BlockedLine } from "../composer/blocked-line.js";
import { ChatComposer } from "../composer/chat-composer.js";
import { ChatTyping } from "../composer/chat-typing.js";
import { wireQuietLine } from "../composer/quiet-line.js";
import { copy } from "../lib/copy.js";
import { part, setText } from "../lib/dom.js";
import { find } from "../lib/elements.js";
import { formatNumber, gettext } from "../lib/gettext.js";
import { displayName, listOf } from "../lib/labels.js";
import { later } from "../lib/later.js";
import { topicOf } from "../lib/partners.js";
import { drawMark } from "../lib/room-mark.js";
import { say } from "../lib/toast.js";
import { ChatMembers } from "../people/chat-members.js";
import { outsiders } from "../people/outsiders.js";
import { PeopleDialog } from "../people/people-dialog.js";
import { MAX_ADDED } from "../protocol.js";
import { announcer } from "../timeline/announcer.js";
import { ChatTimeline } from "../timeline/chat-timeline.js";
import { RoomSession } from "./session.js";

/** @typedef {import('../lib/types.js').Bootstrap} Bootstrap */
/** @typedef {import('../lib/types.js').Room} Room */

/** Where the page shows the room's name, apart from its header. */
const CALLED = "chat-timeline [data-part=start] bdi, chat-composer [data-part=join] bdi";
const KEEP_MS = 3000; // after a change

/**
 * @typedef {object} World what outlives the rooms
 * @property {import('../connection/socket.js').ChatSocket} socket
 * @property {import('../composer/outbox.js').Outbox} outbox
 * @property {import('../composer/drafts.js').Drafts} drafts
 * @property {import('../composer/files.js').Files} files
 * @property {number} fileLimit in bytes
 * @property {import('../timeline/deletions.js').Deletions} deletions
 * @property {import('../reading/offline-pages.js').OfflinePages} offlinePages
 * @property {import('../reading/unread.js').Unread} unread
 * @property {import('../navigation/destinations.js').Destinations} destinations
 * @property {import('../connection/chat-banner.js').ChatBanner} banner
 * @property {import('../people/site-standing.js').SiteStanding} siteStanding
 * @property {import('../people/ignored.js').Ignored} ignored
 * @property {import('../people/attendance.js').Attendance} attendance
 */

/**
 * A visit to a room on the screen: the session, the elements that draw it, and the wiring between
 * them.
 */
export class RoomView {
  session;
  #timeline;
  #composer;
  #members;
  #typing;
  #world;
  #announced = document.createElement("div");
  /** @type {any} */ #keeping = null;
  #end = new AbortController();

  /**
   * @param {HTMLElement} main
   * @param {Bootstrap & {room: Room}} page
   * @param {World} world
   * @param {import('../navigation/scroll-places.js').Place | null} place where the reader was
   *   before
   */
  constructor(main, page, world, place) {
    const {
      socket,
      outbox,
      drafts,
      files,
      fileLimit,
      destinations,
      siteStanding,
      ignored,
      attendance,
    } = world;
    this.#world = world;
    this.session = new RoomSession(
      { socket, outbox, siteStanding, ignored, me: page.user },
      page.room,
      page,
    );
    this.#timeline = find(main, ChatTimeline);
    this.#composer = find(main, ChatComposer);
    this.#members = find(main, ChatMembers);
    this.#typing = find(main, ChatTyping);
    const { urls } = page;
    const roomUrl = `${urls.room}${encodeURIComponent(page.room.slug)}/`;
    this.#timeline?.attach(this.session, { roomUrl, place, world, urls });
    this.#composer?.attach(this.session, {
      drafts,
      files,
      outbox,
      most: fileLimit,
      socket,
      destinations,
      urls,
    });
    this.#typing?.attach(this.session);
    if (this.#composer) {
      const { people = [] } = page;
      new BlockedLine(this.#composer, this.session, people);
      const near = { session: this.session, attendance, people };
      const forget = wireQuietLine(this.#composer, near);
      this.#end.signal.addEventListener("abort", forget);
    }
    this.#members?.attach(this.session, attendance);
    this.#wirePeople(main, urls);
    document.getElementById("announcements")?.append(this.#announced);
    this.#hearSession();
    this.#hearElements(main);
  }

  /** @param {HTMLElement} main @param {Record<string, string>} urls */
  #wirePeople(main, urls) {
    const { session } = this;
    const { signal } = this.#end;
    const card = later(async () => {
      const { PersonCard } = await import("../people/person-card.js");
      const { socket, attendance } = this.#world;
      const ask = (/** @type {any} */ command) => socket.request(command);
      return new PersonCard(main, session, { urls, ask, attendance, signal });
    }, signal);
    main.addEventListener("chat-person", async (event) =>
      (await card())?.open(/** @type {CustomEvent} */ (event).detail),
    );
    const dialog = new PeopleDialog(part(main, "add-people"), {
      find: outsiders({ people: urls.people, members: urls.members }),
      most: MAX_ADDED,
      go: (people) => session.moderation.add(people),
      done: (added) => {
        const names = listOf(added.map(({ name }) => name));
        const words = gettext("Added %(names)s.", { names });
        say(added.length > 0 ? words : gettext("They are members already."));
      },
    });
    main.addEventListener("chat-add", () => dialog.open());
    document.getElementById("room-face")?.addEventListener("click", () => {
      const [detail] = this.session.room.people ?? [];
      main.dispatchEvent(new CustomEvent("chat-person", { detail }));
    });
  }

  get place() {
    return this.#timeline?.place ?? null;
  }

  write() {
    this.#composer?.focus();
  }

  /** Show a message of the room. @param {number} number @returns {Promise<boolean>} whether it is there */
  async goTo(number) {
    return (await this.#timeline?.jumps.goTo(number)) ?? false;
  }

  #keepReadSoon() {
    // Leaving reports what was read, and by then it is stored.
    if (this.#end.signal.aborted) return;
    this.#keeping ??= setTimeout(() => {
      this.#keeping = null;
      this.#keepRead();
    }, KEEP_MS);
  }

  /** What was read stays readable offline. */
  #keepRead() {
    const { room, timeline, reading } = this.session;
    if (room.role === null || timeline.hasAfter) return;
    const read = timeline.messages.filter(({ number }) => number <= reading.tracker.number);
    this.#world.offlinePages.keep(room, read);
  }

  /** Report what is still to be reported before the page goes away. */
  flush() {
    this.#keepRead();
    this.session.reading.tracker.flush();
    this.#timeline?.actions.flush();
  }

  leave() {
    this.#keepRead();
    this.#end.abort();
    clearTimeout(this.#keeping);
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

  /**
   * Elements dispatch their events up to `main`, which is discarded with them.
   *
   * @param {HTMLElement} main
   */
  #hearElements(main) {
    main.addEventListener("chat-posted", () => this.#showPost());
    main.addEventListener("chat-reply", (event) =>
      this.#composer?.reply(/** @type {CustomEvent} */ (event).detail),
    );
    main.addEventListener("chat-write", () => {
      this.write();
      // Nobody can write in an archived room, and the element that led here may be gone.
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
    const { body = "", reply_to } = this.session.timeline.findPost(nonce) ?? {};
    if (action === "retry") outbox.retry(nonce);
    if (action === "copy") copy(body, gettext("Text copied."));
    // Its text is in the field, and so in the draft, before it is discarded here.
    if (action === "rewrite") this.#composer?.add(body, reply_to);
    if (action === "rewrite") outbox.takeBack(nonce);
    if (action === "discard") outbox.discard(nonce);
  }

  async #showPost() {
    this.#timeline?.draw();
    await this.#timeline?.jumps.goToEnd();
    // Far from the end, which can't be loaded offline: the message isn't in view.
    if (this.session.timeline.hasAfter)
      say(gettext("Your message is saved and will be sent when you're back online."));
  }
}

/** @param {Room} room */
function drawHeader(room) {
  const { members } = room;
  const name = displayName(room.name);
  const topic = topicOf(room);
  for (const id of ["room-web", "web-hint"])
    document.getElementById(id)?.toggleAttribute("hidden", !room.web);
  const texts = { "room-name": name, "room-topic": topic, "member-count": formatNumber(members) };
  for (const [id, text] of Object.entries(texts)) {
    const element = document.getElementById(id);
    if (element) setText(element, text);
  }
  document.getElementById("room-topic")?.setAttribute("title", topic);
  const face = document.querySelector("#room-face [data-part=face]");
  if (face instanceof HTMLElement) drawMark(face, room);
  for (const element of document.querySelectorAll(CALLED)) setText(element, name);
  const field = document.querySelector("chat-composer [data-part=body]");
  const asks = gettext("Message %(room)s", { room: name });
  if (field?.getAttribute("placeholder") !== asks) field?.setAttribute("placeholder", asks);
}
