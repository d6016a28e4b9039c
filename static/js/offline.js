import { Drafts } from "./composer/drafts.js";
import { UnloadStore } from "./composer/unload-store.js";
import { applyAppearance, keptAppearance } from "./lib/appearance.js";
import { cloneTemplate, part, setText } from "./lib/dom.js";
import { gettext } from "./lib/gettext.js";
import { listOf } from "./lib/labels.js";
import { local } from "./lib/storage.js";
import { Store } from "./lib/store.js";
import { Tabs } from "./lib/tabs.js";
import { formatDay } from "./lib/time.js";
import { readerOf } from "./reading/offline-pages.js";
import { drawMessage } from "./timeline/message-view.js";
import { rowsOf } from "./timeline/rows.js";

/** @typedef {import('./reading/offline-pages.js').Reading} Reading */
/** @typedef {import('./lib/types.js').Post} Post */
/** @typedef {import('./lib/types.js').LocalFile} LocalFile */

/**
 * What this browser has of what somebody wrote.
 *
 * @typedef {{posts: Post[], files: LocalFile[], drafts: Drafts}} Writing
 */

const EVERY_MS = 5000;
const ROOMS = "/rooms/";

const store = new Store();
const room = decodeURIComponent(location.pathname.match(/^\/rooms\/([^/]+)\//)?.[1] ?? "");

// The way back

/** @param {string} words */
function say(words) {
  setText(byId("state"), words);
}

/** Ask the server, and load the wanted page once it answers. */
async function again() {
  say(gettext("Connecting…"));
  try {
    const answer = await fetch("/healthz", { cache: "no-store" });
    if (answer.ok) return location.reload();
  } catch {
    // That is what this page is for.
  }
  say(gettext("Still offline."));
}

byId("again").addEventListener("click", again);
addEventListener("online", again);
setInterval(() => document.visibilityState === "visible" && again(), EVERY_MS);

// What this browser has of the signed-in person

/** @param {number} user */
async function show(user) {
  const unloadStore = new UnloadStore({ user });
  unloadStore.moveInto(store);
  // It listens to the other tabs but never leads: the leader sends, and this page can't.
  const tabs = new Tabs(`chatsite:${user}`, { locks: null });
  tabs.join();
  const drafts = new Drafts({ user, store, tabs, unloadStore });
  const [readings, posts, files] = await Promise.all([
    store.read("readings", user),
    store.read("posts", user),
    store.read("files", user),
    drafts.ready,
  ]);
  const writing = { posts: posts ?? [], files: files ?? [], drafts };
  const known = /** @type {Reading[]} */ (readings ?? []).sort((a, b) => b.at - a.at);
  const here = known.find((reading) => reading.room === room);
  if (here) showRoom(here, writing);
  showWaiting(known, writing);
  showRooms(known.filter((reading) => reading !== here));
  addEventListener("pagehide", () => drafts.leave());
}

/** @param {Post} post @param {LocalFile[]} files */
const filesOf = (post, files) =>
  (post.files ?? []).flatMap((key) => files.find((file) => file.key === key) ?? []);

/** A post as the conversation shows it. @param {Post} post @param {LocalFile[]} files @returns {Post} */
const inWords = (post, files) => ({
  ...post,
  attachments: filesOf(post, files).map(({ key, ...file }) => ({
    ...file,
    id: key,
    url: "", // nothing can be loaded
    thumbnail: null,
    poster: null,
    transcript: "",
    progress: 1,
  })),
});

/** The names of files that no post has yet. @param {string} room @param {Writing} writing */
function draftFiles(room, { posts, files }) {
  const posted = new Set(posts.flatMap((post) => post.files ?? []));
  const left = files.filter((file) => file.room === room && !posted.has(file.key));
  return namesOf(left.sort((a, b) => a.position - b.position));
}

/** @param {LocalFile[]} files */
const namesOf = (files) => (files.length > 0 ? listOf(files.map(({ name }) => name)) : "");

/** @param {Reading} reading @param {Writing} writing */
function showRoom({ name, me, messages }, writing) {
  const { posts, files, drafts } = writing;
  const section = byId("room");
  section.hidden = false;
  setText(part(section, "name"), name);
  document.title = name;
  const mine = posts.filter((post) => post.room === room && post.state !== "failed");
  mine.sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
  const quote = (/** @type {number} */ number) => messages.find((one) => one.number === number);
  const unknown = gettext("a message that isn't saved in this browser");
  const page = { templates: document, session: { me }, roomUrl: "", unknown, plain: true };
  const waiting = mine.map((post) => inWords(post, files));
  const rows = rowsOf([...messages, ...waiting], { me, quote }).map((row) => {
    const node = cloneTemplate(document, row.kind);
    if (row.kind === "day") setText(part(node, "day"), formatDay(row.day));
    if (row.kind === "message") drawMessage(node, row, page);
    return node;
  });
  part(section, "rows").replaceChildren(...rows);
  const field = /** @type {HTMLTextAreaElement} */ (part(section, "draft"));
  const { reply_to } = drafts.read(room);
  field.value = drafts.read(room).body;
  field.addEventListener("input", () => drafts.write(room, { body: field.value, reply_to }));
  const attached = part(section, "draft-files");
  setText(attached, draftFiles(room, writing));
  attached.hidden = attached.textContent === "";
  section.scrollIntoView({ block: "end" });
}

/**
 * What isn't shown anywhere else on this page.
 *
 * @param {Reading[]} readings
 * @param {Writing} writing
 */
function showWaiting(readings, writing) {
  const { posts, files, drafts } = writing;
  const isShown = (/** @type {string} */ one) => one === room && !byId("room").hidden;
  const names = new Map(readings.map(({ room, name }) => [room, name]));
  const unsent = posts
    .filter(({ room, state }) => !isShown(room) || state === "failed")
    .map((post) => ({
      room: post.room,
      what: post.state === "failed" ? gettext("Failed message") : gettext("Message"),
      text: post.body,
      files: namesOf(filesOf(post, files)),
    }));
  const keys = new Set([...drafts.keys.filter((key) => drafts.has(key)), ...files.map(roomOf)]);
  const unfinished = [...keys]
    .filter((key) => !isShown(key))
    .map((key) => {
      const [slug, number] = key.split("/");
      const what = number ? gettext("Unsaved edit of a message") : gettext("Draft");
      return { room: slug, what, text: drafts.read(key).body, files: draftFiles(key, writing) };
    })
    .filter(({ text, files }) => text || files);
  const lines = [...unsent, ...unfinished];
  fill(
    "waiting",
    lines.map((line) => ({ ...line, name: names.get(line.room) ?? line.room })),
  );
}

/** @param {LocalFile} file */
const roomOf = ({ room }) => room;

/** @param {Reading[]} readings */
function showRooms(readings) {
  fill(
    "rooms",
    readings.map(({ room, name }) => ({ room, name, what: "", text: "", files: "" })),
  );
}

/** @param {string} id @param {{room: string, name: string, what: string, text: string, files: string}[]} lines */
function fill(id, lines) {
  const section = byId(id);
  section.hidden = lines.length === 0;
  const items = lines.map(({ room, name, what, text, files }) => {
    const item = cloneTemplate(document, "line");
    const link = /** @type {HTMLAnchorElement} */ (part(item, "link"));
    link.href = `${ROOMS}${encodeURIComponent(room)}/`;
    setText(link, name);
    setText(part(item, "what"), what);
    setText(part(item, "text"), text);
    setText(part(item, "files"), files);
    return item;
  });
  part(section, id).replaceChildren(...items);
}

/** @param {string} id */
function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

const reader = readerOf(local);
if (reader) {
  applyAppearance(keptAppearance(local, reader));
  show(reader);
}
