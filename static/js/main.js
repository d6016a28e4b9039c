import { Arrangement } from "./arrangement.js";
import { drawBadge } from "./badge.js";
import { drawConnection, wireConnection } from "./connection.js";
import { Delivery } from "./delivery.js";
import { ChatBanner } from "./elements/chat-banner.js";
import { ChatComposer } from "./elements/chat-composer.js";
import { ChatDelivery } from "./elements/chat-delivery.js";
import { ChatKeys } from "./elements/chat-keys.js";
import { ChatMembers } from "./elements/chat-members.js";
import { ChatSidebar } from "./elements/chat-sidebar.js";
import { ChatSwitcher } from "./elements/chat-switcher.js";
import { ChatTimeline } from "./elements/chat-timeline.js";
import { ChatTyping } from "./elements/chat-typing.js";
import { drawDesk } from "./elements/desk-link.js";
import { closeAll, showColumns, wireDrawers } from "./elements/drawers.js";
import { drawMe } from "./elements/me.js";
import { Progress } from "./elements/progress.js";
import { say } from "./elements/toast.js";
import { Goals, slugOf } from "./goals.js";
import { wireGoing } from "./going.js";
import { Ignored } from "./ignored.js";
import { install } from "./installation.js";
import { isIntercepted } from "./interception.js";
import { LastRead } from "./last-read.js";
import { oncePerFrame, setText } from "./lib/dom.js";
import { define, find } from "./lib/elements.js";
import { gettext } from "./lib/gettext.js";
import { local, session } from "./lib/storage.js";
import { Lobby } from "./lobby.js";
import { Pages } from "./pages.js";
import { Places } from "./places.js";
import { Recent } from "./recent.js";
import { RoomView } from "./room-view.js";
import { Roster } from "./roster.js";
import { bootstrapOf, readPage, Shell } from "./shell.js";
import { ChatSocket } from "./socket.js";
import { pageTitle, Unread } from "./unread.js";
import { stayAboveKeyboard } from "./viewport.js";
import { Visits } from "./visits.js";
import { SiteVoice } from "./voice.js";
import { writing } from "./writing.js";

/** @typedef {import('./lib/types.js').Bootstrap} Bootstrap */
/** @typedef {import('./lib/types.js').ServerEvent} ServerEvent */

define("chat-banner", ChatBanner);
define("chat-composer", ChatComposer);
define("chat-delivery", ChatDelivery);
define("chat-keys", ChatKeys);
define("chat-members", ChatMembers);
define("chat-sidebar", ChatSidebar);
define("chat-switcher", ChatSwitcher);
define("chat-timeline", ChatTimeline);
define("chat-typing", ChatTyping);

const first = /** @type {Bootstrap} */ (bootstrapOf(document));
const { user: me, urls } = first;
let { epoch } = first;
let wasOpen = false; // the line, before it was lost
/** @type {RoomView | null} in the lobby: none */
let view = null;
/** @type {Lobby | null} */
let lobby = null;

const address = new URL(urls.socket, location.href);
address.protocol = address.protocol.replace("http", "ws");
const socket = new ChatSocket(address.href, { isIntercepted });
const delivery = new Delivery(socket);
const arrangement = new Arrangement(first.sidebar, (command) =>
  socket.request(command, { keep: true }),
);
const voice = new SiteVoice(first);
const { store, drafts, outbox, deletions } = writing({
  user: me.id,
  request: (command) => socket.request(command, { keep: true }),
  serverTime: () => voice.serverTime(),
});
const recent = new Recent({ user: me.id, storage: local });
const lastRead = new LastRead({ me, store, storage: local });
const ignored = new Ignored(first.ignored, (command) => socket.request(command, { keep: true }));
const unread = new Unread({
  me,
  rooms: first.rooms,
  all: first.rooms_next ? first.unread_total : null,
  ignored,
  ask: (command) => socket.request(command),
});
const roster = new Roster({
  ask: (command) => socket.request(command),
  learn: (rooms, how) => {
    unread.learnMore(rooms, how);
    if (how.isLast) lastRead.retain([...unread.rooms.keys()]);
  },
});
const goals = new Goals({ unread, recent, urls });
const sidebar = find(document, ChatSidebar);
const banner = find(document, ChatBanner) ?? new ChatBanner();
const visits = new Visits({
  pages: new Pages({ parse: readPage }),
  places: new Places(session),
  shell: new Shell(() => ({ ...first, epoch })),
  place: () => view?.place ?? null,
  root: urls.lobby,
});

// The connection

socket.on("event", (event) => {
  const here = event.room === view?.session.room.slug;
  if (event.type === "welcome") welcome(event);
  else if (event.type === "notification") notified(/** @type {any} */ (event));
  else if (event.type === "ignored.changed") ignored.learn(event.ignored);
  else if (event.type === "reads.changed") event.rooms.forEach(readHere);
  else if (event.type === "sidebar.changed") arrangement.learn(event.sidebar);
  else if (event.type === "mute.changed" && event.room === null)
    voice.learn(/** @type {any} */ (event));
  else if (event.type === "waiting.changed") waits(event.waiting);
  else if (event.type === "message.refused") outbox.refuse(/** @type {any} */ (event));
  else if (event.type === "room.added") added(event.room);
  else if (event.type === "room.removed") removed(event.room);
  else if (event.type === "room.updated") unread.update(event.room, /** @type {any} */ (event));
  else if (event.type === "person.changed") renamed(event.person);
  unread.hear(event);
  lobby?.hear(event);
  if (here || isEverywhere(event)) view?.session.hear(event);
});
outbox.on("away", (retryAt) => banner.wait("posts", retryAt));
outbox.on("sent", ({ post, message }) => {
  if (message) unread.activity({ room: post.room, number: message.number, author: me.id });
});

/** @param {number | null} waiting null for everybody who doesn't moderate the site */
function waits(waiting) {
  drawDesk(sidebar, waiting);
  voice.appoint(waiting);
}

/** @param {ServerEvent} event */
function welcome(event) {
  // Somebody else has signed in since, in another tab: nothing of mine is sent in their name.
  if (event.user.id !== me.id) {
    socket.close();
    return location.reload();
  }
  voice.learn(/** @type {any} */ (event));
  renamed(event.user);
  drawDesk(sidebar, event.waiting);
  ignored.learn(event.ignored ?? {}); // a server of before knew none
  const { rooms_next = null } = event; // a server of before told of all
  unread.reset(event.rooms, { all: rooms_next ? event.unread_total : null });
  arrangement.reset(event.sidebar ?? {}); // a server of before knew none
  if (!rooms_next) lastRead.retain([...unread.rooms.keys()]);
  roster.begin(rooms_next);
  view?.session.open({ fresh: event.epoch !== epoch });
  lobby?.open({ again: wasOpen });
  wasOpen = true;
  epoch = event.epoch;
}

/** @param {{room: string, number: number, reason: string, author?: {id: number}}} event */
function notified(event) {
  if (!event.author || !ignored.has(event.author.id)) unread.notified(event);
}

/** @param {import('./lib/types.js').Reading} reading */
function readHere(reading) {
  if (view?.session.room.slug === reading.room)
    view.session.hear({ type: "read.changed", ...reading });
}

/** A person is the same one in every room. @param {ServerEvent} event */
function isEverywhere({ type, room }) {
  return type === "person.changed" && room === null;
}

/** Somebody is called otherwise now, perhaps I am. @param {import('./lib/types.js').User} person */
function renamed(person) {
  unread.rename(person);
  if (person.id !== me.id) return;
  Object.assign(me, person);
  drawMe(sidebar, person);
}

/** @param {string} room */
function removed(room) {
  unread.remove(room);
  lastRead.forget(room);
}

/** @param {import('./lib/types.js').Room} room */
function added(room) {
  unread.add(room);
  // Removed and let in again: the page follows once more.
  if (view?.session.room.slug === room.slug) view.session.open();
}

function loginUrl() {
  return `${urls.login}?next=${encodeURIComponent(location.pathname)}`;
}

socket.on("change", ({ reason }) => {
  if (reason === "signed-out" || reason === "banned") lastRead.end();
});
wireConnection(socket, {
  signIn: () => location.assign(loginUrl()),
  leave: () => view?.flush(),
});
banner.className = "banner";
banner.attach(socket, {
  urls: {
    lobby: urls.lobby,
    get login() {
      return loginUrl(); // back to where one is then
    },
  },
  again: () => {
    outbox.wake();
    view?.session.wake();
  },
});

// The page, and the pages that take its place

const site = document.documentElement.dataset.site ?? "";
let title = document.title;
const drawTitle = () => {
  const name = view?.session.room.name ?? title.replace(` – ${site}`, "");
  document.title = pageTitle(unread.total, name, site);
  drawBadge(unread, { icon: document.querySelector('link[rel="icon"]') });
};
unread.on("change", oncePerFrame(drawTitle));

arrangement.on("change", drawStar);

function drawStar() {
  const star = document.getElementById("room-star");
  const slug = view?.session.room.slug;
  if (star && slug) star.ariaPressed = String(arrangement.isFavourite(slug));
}

const progress = new Progress(document.getElementById("progress"));
visits.on("begin", ({ pathname }) => {
  closeAll();
  sidebar?.show(slugOf(pathname, urls.room) || null);
  progress.begin();
});
visits.on("failed", () => say(gettext("That page can't be had now: there is no connection.")));
visits.on("leave", () => {
  view?.leave();
  lobby?.leave();
  view = lobby = null;
});
visits.on("enter", ({ page, place }) => {
  enter(page.main, page.bootstrap, place);
  title = page.title;
  drawTitle();
  drawConnection(socket);
  if (socket.connection.state === "open") {
    view?.session.open();
    lobby?.open();
  }
  focus(page.main);
  const spoken = document.getElementById("status");
  if (spoken) setText(spoken, page.title.replace(` – ${site}`, ""));
});
visits.on("end", () => {
  progress.end();
  sidebar?.show(view?.session.room.slug ?? null);
});

/** @param {HTMLElement} main @param {Bootstrap} page @param {import('./places.js').Place | null} place */
function enter(main, page, place) {
  // One banner goes along: what it says of the line still holds.
  main.querySelector("chat-banner")?.replaceWith(banner);
  showColumns();
  if (!page.room) {
    lobby = new Lobby(main, socket, fetchHere);
    return;
  }
  const world = {
    socket,
    outbox,
    drafts,
    deletions,
    lastRead,
    unread,
    goals,
    banner,
    voice,
    ignored,
  };
  view = new RoomView(main, { ...page, room: page.room }, world, place);
  if (page.room.role) recent.visit(page.room.slug);
  drawStar();
}

/** The page that is on the screen, as the server has it now. @param {AbortSignal} signal */
async function fetchHere(signal) {
  const response = await fetch(location.href, { signal, headers: { Accept: "text/html" } });
  return response.ok ? (readPage(await response.text(), response.url)?.main ?? null) : null;
}

/** Where there is room for both, one writes at once; on a phone the keyboard would cover the room. @param {HTMLElement} main */
function focus(main) {
  if (matchMedia("(pointer: fine) and (width >= 60rem)").matches) view?.write();
  else main.focus({ preventScroll: true });
  if (!main.contains(document.activeElement)) main.focus({ preventScroll: true });
}

lastRead.begin();
wireDrawers();
const page = { current: first.room?.slug ?? null, roomsUrl: urls.room };
sidebar?.attach({ unread, arrangement, drafts }, page);
wireGoing({ goals, visits, socket, unread, sidebar });
enter(/** @type {HTMLElement} */ (document.getElementById("main")), first, visits.placeBefore);
visits.start();
socket.connect();
find(document, ChatDelivery)?.attach(delivery, () => view?.session ?? null);
install();
stayAboveKeyboard();
document.documentElement.dataset.begun = ""; // for js/support.js
