import { Drafts } from "./drafts.js";
import { announcer } from "./elements/announcer.js";
import { ChatBanner } from "./elements/chat-banner.js";
import { ChatComposer } from "./elements/chat-composer.js";
import { ChatMembers } from "./elements/chat-members.js";
import { ChatSidebar } from "./elements/chat-sidebar.js";
import { ChatTimeline } from "./elements/chat-timeline.js";
import { ChatTyping } from "./elements/chat-typing.js";
import { wireDrawers } from "./elements/drawers.js";
import { copy } from "./elements/message-actions.js";
import { say } from "./elements/toast.js";
import { oncePerFrame, setText } from "./lib/dom.js";
import { Outbox } from "./outbox.js";
import { RoomSession } from "./session.js";
import { ChatSocket } from "./socket.js";
import { pageTitle, Unread } from "./unread.js";

/** @typedef {import('./lib/types.js').Bootstrap} Bootstrap */
/** @typedef {import('./lib/types.js').ServerEvent} ServerEvent */

customElements.define("chat-banner", ChatBanner);
customElements.define("chat-composer", ChatComposer);
customElements.define("chat-members", ChatMembers);
customElements.define("chat-sidebar", ChatSidebar);
customElements.define("chat-timeline", ChatTimeline);
customElements.define("chat-typing", ChatTyping);

/** @type {Bootstrap} */
const page = JSON.parse(document.getElementById("bootstrap")?.textContent ?? "{}");
const me = page.user;
const root = document.documentElement;

const address = new URL(page.urls.socket, location.href);
address.protocol = address.protocol.replace("http", "ws");
const socket = new ChatSocket(address.href);
const unread = new Unread({ me, rooms: page.rooms });
const drafts = new Drafts({ user: me.id, storage: localStorage });
const outbox = new Outbox({
  user: me.id,
  storage: localStorage,
  request: (command) => socket.request(command, { keep: true }),
});
const session = page.room ? new RoomSession({ socket, outbox, me }, page.room, page) : null;

// The connection

let epoch = page.epoch;
socket.on("change", ({ state, reason }) => {
  root.dataset.connection = state;
  const words = { connecting: "Connecting", open: "Connected", closed: "Not connected" }[state];
  const element = document.querySelector(".connection__words");
  if (element) setText(element, words);
  element?.parentElement?.setAttribute("title", words);
  if (reason === "signed-out" && document.hasFocus()) signIn();
});
socket.on("event", (event) => {
  if (event.type === "welcome") welcome(event);
  else if (event.type === "room.activity") unread.activity(/** @type {any} */ (event));
  else if (event.type === "notification") unread.notified(/** @type {any} */ (event));
  else if (event.type === "read.changed") unread.read(/** @type {any} */ (event));
  else if (event.type === "room.added") added(event.room);
  else if (event.type === "room.removed") unread.remove(event.room);
  else if (event.type === "room.updated") unread.update(event.room, /** @type {any} */ (event));
  if (session && event.room === session.room.slug) session.hear(event);
});

/** @param {ServerEvent} event */
function welcome(event) {
  unread.reset(event.rooms);
  session?.open({ fresh: event.epoch !== epoch });
  epoch = event.epoch;
}

/** @param {import('./lib/types.js').Room} room */
function added(room) {
  unread.add(room);
  // Removed and let in again: the page follows once more.
  if (session?.room.slug === room.slug) session.open();
}

function loginUrl() {
  return `${page.urls.login ?? "/accounts/login/"}?next=${encodeURIComponent(location.pathname)}`;
}

function signIn() {
  location.assign(loginUrl());
}

addEventListener("online", () => socket.wake());
addEventListener("offline", () => socket.offline());
addEventListener("pagehide", () => {
  session?.seen.flush();
  socket.close();
});
// A page that comes back from the browser's cache catches up like one that was offline.
addEventListener("pageshow", ({ persisted }) => persisted && socket.connect());
addEventListener("focus", () => socket.connection.reason === "signed-out" && signIn());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") socket.wake();
});

// The page

wireDrawers();
find(ChatSidebar)?.attach(unread, {
  current: page.room?.slug ?? null,
  roomsUrl: page.urls.room,
});
find(ChatBanner)?.attach(socket, {
  urls: { lobby: page.urls.room, login: loginUrl() },
  again: () => {
    outbox.wake();
    session?.wake();
  },
});
outbox.on("away", (retryAt) => find(ChatBanner)?.wait("posts", retryAt));

const site = root.dataset.site ?? "";
const title = document.title.replace(` – ${site}`, "");
unread.on(
  "change",
  oncePerFrame(() => {
    document.title = pageTitle(unread.total, session?.room.name ?? title, site);
  }),
);

if (session) attachRoom(session);
outbox.start();
socket.connect();

/** @param {RoomSession} session */
function attachRoom(session) {
  const timeline = find(ChatTimeline);
  const composer = find(ChatComposer);
  timeline?.attach(session, `${page.urls.room}${encodeURIComponent(session.room.slug)}/`);
  composer?.attach(session, { drafts, socket, limits: page.limits });
  find(ChatTyping)?.attach(session);
  find(ChatMembers)?.attach(session);

  const region = document.getElementById("announcements");
  if (region) session.on("posted", announcer(region, me));
  session.on("posted", (messages) => {
    for (const { number, author } of messages) {
      unread.activity({ room: session.room.slug, number, author: author.id });
    }
  });
  session.on("opened", (room) => {
    unread.learn(room);
    find(ChatBanner)?.end("");
  });
  session.on("read", (read) => unread.read(read));
  session.on("away", (retryAt) => find(ChatBanner)?.wait("room", retryAt));
  session.on("room", ({ name, topic, members }) => {
    for (const [id, text] of Object.entries({
      "room-name": name,
      "room-topic": topic,
      "member-count": `${members}`,
    })) {
      const element = document.getElementById(id);
      if (element) setText(element, text);
    }
  });
  session.on("ended", (reason) => {
    composer?.silence("You can no longer write in this room.");
    find(ChatBanner)?.end(reason);
  });

  outbox.on("change", (post) => post.room === session.room.slug && session.postChanged(post));
  outbox.on("gone", (post) => post.room === session.room.slug && session.postGone(post.nonce));
  outbox.on("sent", ({ post, message }) => {
    if (post.room === session.room.slug) session.postSent(post, message);
    if (message) unread.activity({ room: post.room, number: message.number, author: me.id });
  });
  outbox.on("failed", ({ post, error }) => {
    if (post.room === session.room.slug && error.code === "muted")
      composer?.silence(post.note ?? "");
  });

  addEventListener("chat-posted", async () => {
    timeline?.draw();
    await timeline?.goToEnd();
    // Far from the end, and it can't be had without a connection: the message is not in sight.
    if (session.timeline.hasAfter)
      say("Your message is kept, and sent when the connection is back.");
  });
  addEventListener("chat-reply", (event) =>
    composer?.reply(/** @type {CustomEvent} */ (event).detail),
  );
  addEventListener("chat-write", () => composer?.focus());
  addEventListener("chat-edit-last", (event) => {
    const message = timeline?.lastOfMine();
    if (!message) return;
    event.preventDefault();
    timeline?.actions.edit(message);
  });
  addEventListener("chat-post", (event) => {
    const { action, nonce } = /** @type {CustomEvent} */ (event).detail;
    if (action === "retry") outbox.retry(nonce);
    if (action === "discard") outbox.discard(nonce);
    if (action === "copy")
      copy(session.timeline.findPost(nonce)?.body ?? "", "The text is copied.");
  });
}

/**
 * @template {HTMLElement} T
 * @param {new () => T} type
 * @returns {T | null}
 */
function find(type) {
  const name = customElements.getName(type) ?? "";
  return /** @type {T | null} */ (document.querySelector(name));
}
