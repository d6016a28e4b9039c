import { ChatComposer } from "./composer/chat-composer.js";
import { ChatTyping } from "./composer/chat-typing.js";
import { ChatBanner } from "./connection/chat-banner.js";
import { ChatDelivery } from "./connection/chat-delivery.js";
import { drawConnection, wireConnection } from "./connection/connection.js";
import { Delivery } from "./connection/delivery.js";
import { isIntercepted } from "./connection/interception.js";
import { ChatSocket } from "./connection/socket.js";
import { beginCustomEmoji } from "./emoji/custom-emoji.js";
import { applyAppearance, keepAppearance } from "./lib/appearance.js";
import { ChatCopy } from "./lib/chat-copy.js";
import { oncePerFrame } from "./lib/dom.js";
import { define, find } from "./lib/elements.js";
import { gettext } from "./lib/gettext.js";
import { install } from "./lib/installation.js";
import { later } from "./lib/later.js";
import { findPeople } from "./lib/people-search.js";
import { local, session } from "./lib/storage.js";
import { offer, say } from "./lib/toast.js";
import { stayAboveKeyboard } from "./lib/viewport.js";
import { localState } from "./local-state.js";
import { Appearance } from "./navigation/appearance.js";
import { Arrangement } from "./navigation/arrangement.js";
import { ChatKeys } from "./navigation/chat-keys.js";
import { ChatSidebar } from "./navigation/chat-sidebar.js";
import { ChatSwitcher } from "./navigation/chat-switcher.js";
import { Conversations } from "./navigation/conversations.js";
import { Destinations, slugOf } from "./navigation/destinations.js";
import { closeAll, wireDrawers } from "./navigation/drawers.js";
import { Pages } from "./navigation/pages.js";
import { Progress } from "./navigation/progress.js";
import { RecentRooms } from "./navigation/recent-rooms.js";
import { ScrollPlaces } from "./navigation/scroll-places.js";
import { Search } from "./navigation/search.js";
import { bootstrapOf, readPage, Shell } from "./navigation/shell.js";
import { wireShortcuts } from "./navigation/shortcuts.js";
import { Visits } from "./navigation/visits.js";
import { Notifications } from "./notifications/notifications.js";
import { Attendance } from "./people/attendance.js";
import { BrowserZone } from "./people/browser-zone.js";
import { ChatMembers } from "./people/chat-members.js";
import { Ignored } from "./people/ignored.js";
import { InputWatch, wireInput } from "./people/input-watch.js";
import { MySigns } from "./people/my-signs.js";
import { PeopleDialog } from "./people/people-dialog.js";
import { drawSigns } from "./people/signs.js";
import { SiteStanding } from "./people/site-standing.js";
import { MAX_PEOPLE } from "./protocol.js";
import { OfflinePages } from "./reading/offline-pages.js";
import { RoomsLoader } from "./reading/rooms-loader.js";
import { Unread } from "./reading/unread.js";
import { Screen } from "./screen.js";
import { ServerEvents } from "./server-events.js";
import { ChatTimeline } from "./timeline/chat-timeline.js";

/** @typedef {import('./lib/types.js').Bootstrap} Bootstrap */
/** @typedef {import('./lib/types.js').Command} Command */

define("chat-banner", ChatBanner);
define("chat-composer", ChatComposer);
define("chat-copy", ChatCopy);
define("chat-delivery", ChatDelivery);
define("chat-keys", ChatKeys);
define("chat-members", ChatMembers);
define("chat-sidebar", ChatSidebar);
define("chat-switcher", ChatSwitcher);
define("chat-timeline", ChatTimeline);
define("chat-typing", ChatTyping);

const first = /** @type {Bootstrap} */ (bootstrapOf(document));
const { user: me, urls, limits } = first;

const address = new URL(urls.socket, location.href);
address.protocol = address.protocol.replace("http", "ws");
const socket = new ChatSocket(address.href, { isIntercepted });
const ask = (/** @type {Command} */ command) => socket.request(command);
const askAndKeep = (/** @type {Command} */ command) => socket.request(command, { keep: true });

const delivery = new Delivery(socket);
const arrangement = new Arrangement(first.sidebar, askAndKeep);
const appearance = new Appearance(first.appearance, askAndKeep);
const siteStanding = new SiteStanding(first);
const serverTime = () => siteStanding.serverTime();
const state = localState({ user: me.id, request: askAndKeep, serverTime });
const { store, drafts, files, outbox, deletions, uploading } = state;
const recent = new RecentRooms({ user: me.id, storage: local });
const offlinePages = new OfflinePages({ me, store, storage: local });
const ignored = new Ignored(first.ignored, askAndKeep);
const all = first.rooms_next ? first.unread_total : null;
const unread = new Unread({ me, rooms: first.rooms, all, ignored, ask });
unread.learnInbox(first.inbox?.unread ?? 0);
const roomsLoader = new RoomsLoader({
  ask,
  learn: (rooms, how) => {
    unread.learnMore(rooms, how);
    if (how.isLast) offlinePages.retain([...unread.rooms.keys()]);
  },
});
const destinations = new Destinations({ unread, recent, urls });
const timeOf = (/** @type {string} */ iso) => siteStanding.timeOf(iso);
const attendance = new Attendance({ ask, timeOf });
const mine = new MySigns({ me, attendance, ask: askAndKeep, timeOf });
const sidebar = find(document, ChatSidebar);
const banner = find(document, ChatBanner) ?? new ChatBanner();
const search = new Search({
  address: urls.search,
  form: sidebar?.querySelector("form[role=search]") ?? null,
  visits: () => visits,
  here: () => screen.room,
  addressOf: (room) => destinations.addressOf(room),
});
const world = {
  me,
  socket,
  outbox,
  drafts,
  files,
  fileLimit: limits.file || Number.POSITIVE_INFINITY,
  deletions,
  offlinePages,
  roomsLoader,
  unread,
  destinations,
  arrangement,
  appearance,
  recent,
  sidebar,
  banner,
  siteStanding,
  ignored,
  attendance,
  search,
};
const screen = new Screen(world);

// The connection

const events = new ServerEvents({ ...world, screen }, first.epoch);
socket.on("event", (event) => events.hear(event));
const notifications = new Notifications({
  me,
  roomOf: (room) => unread.rooms.get(room),
  isLooking: (room) => screen.room === room && screen.session?.reading.tracker.isActive === true,
  hasSeen: (room, number) =>
    screen.room === room && (screen.session?.reading.tracker.number ?? 0) >= number,
  addressOf: (room, number) => `${destinations.addressOf(room)}${number}/`,
  visit: (pathname) => void visits.visit(pathname),
  inbox: urls.inbox,
});
socket.on("event", (event) => notifications.hear(event));
outbox.on("away", (retryAt) => banner.wait("posts", retryAt));
outbox.on("failed", ({ post }) => {
  if (post.room === screen.room) return; // it is above the field
  const room = destinations.nameOf(post.room);
  const take = () => visits.visit(destinations.addressOf(post.room));
  const words = gettext("A message in %(room)s wasn’t sent.", { room });
  offer(words, { label: gettext("Show"), take, undoes: false });
});
outbox.on("sent", ({ post, message }) => {
  if (message) unread.activity({ room: post.room, number: message.number, author: me.id });
});
socket.on("change", ({ reason }) => {
  if (reason === "signed-out" || reason === "banned") offlinePages.end();
});
const AHEAD_MS = 3000; // the page has its own things to load first
const loginUrl = () => `${urls.login}?next=${encodeURIComponent(location.pathname)}`;
const zone = new BrowserZone(first.zone, ask);
socket.on("change", ({ state }) => {
  if (state !== "open") return;
  zone.tell();
  uploading.wake();
  setTimeout(() => {
    if (navigator.onLine && socket.connection.state === "open") uploading.fetchAhead();
  }, AHEAD_MS);
});
wireConnection(socket, {
  signIn: () => location.assign(loginUrl()),
  leave: () => screen.flush(),
});
banner.className = "banner";
banner.attach(socket, {
  urls: {
    lobby: urls.lobby,
    get login() {
      return loginUrl(); // back to the page that is shown by then
    },
  },
  again: () => {
    outbox.wake();
    screen.session?.wake();
  },
});

// The page, and those that take its place

const visits = new Visits({
  pages: new Pages({ parse: readPage }),
  places: new ScrollPlaces(session),
  shell: new Shell(() => ({ ...first, epoch: events.epoch })),
  place: () => screen.place,
  root: urls.lobby,
  settings: [urls.account, urls.site, urls.inbox, urls.search],
});
const progress = new Progress(document.getElementById("progress"));
visits.on("begin", ({ pathname }) => {
  closeAll();
  sidebar?.show(slugOf(pathname, urls.room) || null, pathname);
  progress.begin();
});
visits.on("failed", () => say(gettext("This page isn't available offline.")));
visits.on("leave", () => screen.leave());
visits.on("enter", ({ page, place }) => {
  screen.enter(page.main, page.bootstrap, place);
  screen.setTitle(page.title);
  drawConnection(socket);
  if (socket.connection.state === "open") {
    screen.session?.open();
    screen.lobby?.open();
  }
  screen.announce(page.main, page.title, place);
});
visits.on("end", () => {
  progress.end();
  sidebar?.show(screen.room);
});
unread.on(
  "change",
  oncePerFrame(() => {
    screen.drawTitle();
    screen.drawBell();
  }),
);
arrangement.on("change", () => screen.drawStar());
const keepLooks = () => keepAppearance(local, me.id, appearance.chosen);
keepLooks();
appearance.on("change", (chosen) => {
  applyAppearance(chosen);
  unread.emit("change", unread); // of what is muted, it says what counts
  keepLooks();
});

beginCustomEmoji({ ...first, address: urls.emoji, revision: first.emoji });
offlinePages.begin();
wireDrawers();
const page = { current: first.room?.slug ?? null, roomsUrl: urls.room };
const hasFiles = (/** @type {string} */ slug) => outbox.unposted(slug).length > 0;
sidebar?.attach({ unread, arrangement, drafts, files, hasFiles, ask }, page);
const visit = (/** @type {string | null} */ slug) =>
  visits.visit(slug === null ? urls.lobby : destinations.addressOf(slug));
const conversations = new Conversations({
  ask,
  visit,
  rooms: () => unread.rooms.values(),
});
const newMessage = /** @type {HTMLElement} */ (document.getElementById("new-message"));
const writing = new PeopleDialog(newMessage, {
  find: (query, signal) => findPeople(urls.people, query, signal),
  known: () => conversations.partners,
  most: MAX_PEOPLE,
  go: (people) => conversations.of(people),
  done: visit,
});
const write = () => writing.open();
const statusDialog = later(async () => {
  const { StatusDialog } = await import("./people/status-dialog.js");
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("status-dialog"));
  return new StatusDialog(dialog, me, mine);
});
const setStatus = async () => (await statusDialog())?.open();
document.addEventListener("chat-status", setStatus);
wireShortcuts({
  destinations,
  visits,
  conversations,
  write,
  setStatus,
  mine,
  socket,
  unread,
  sidebar,
  urls,
  appearance,
  search,
});
const main = /** @type {HTMLElement} */ (document.getElementById("main"));
screen.enter(main, first, visits.placeBefore);
visits.start();
const input = new InputWatch(document);
wireInput(socket, input);
// Whoever comes back to the page may be somewhere else by now.
input.on("change", (rest) => rest || zone.tell());
drawSigns(document, attendance);
socket.connect();
find(document, ChatDelivery)?.attach(delivery, () => screen.session);
install();
stayAboveKeyboard();
document.documentElement.dataset.begun = ""; // for js/support.js
