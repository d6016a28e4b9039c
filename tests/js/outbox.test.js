import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Files } from "../../static/js/composer/files.js";
import { Outbox } from "../../static/js/composer/outbox.js";
import { UnloadStore } from "../../static/js/composer/unload-store.js";
import { settled, TestClock, TestStorage } from "./clock.js";
import { Browser, TestStore } from "./tabs.js";

let clock;
let store;
let browser;
let storage;
let asked;

beforeEach(() => {
  clock = new TestClock();
  store = new TestStore();
  browser = new Browser();
  storage = new TestStorage();
  asked = [];
});

/** The outbox of a page that was just loaded. */
async function open(user = 1, tabs = browser.tab()) {
  const request = (command) =>
    new Promise((resolve, reject) => asked.push({ command, resolve, reject }));
  const unloadStore = new UnloadStore({ user, storage });
  unloadStore.moveInto(store);
  const files = new Files({ user, store, tabs, clock });
  const box = new Outbox({ user, request, store, tabs, unloadStore, files, clock });
  box.start();
  tabs.join();
  await settled();
  return Object.assign(box, { tabs, files });
}

/** The next page, after a reload or a crash. */
function reload(user = 1) {
  browser = new Browser();
  asked = [];
  return open(user);
}

async function say(box, body, room = "general") {
  const post = box.post({ room, body, reply_to: null });
  await settled();
  return post;
}

const bodies = (box, room = "general") => box.of(room).map(({ body }) => body);
const askedFor = () => asked.map(({ command }) => command.body);

async function refuse(at, error) {
  at.reject(error);
  await settled();
}

async function accept(at, message = { number: 1 }) {
  at.resolve({ message });
  await settled();
}

test("posts of one room are sent one by one, and rooms don't wait for each other", async () => {
  const box = await open();
  await say(box, "a");
  await say(box, "b");
  await say(box, "c", "other");
  assert.deepEqual(askedFor(), ["a", "c"]);
  await accept(asked[0]);
  assert.equal(asked[2].command.body, "b");
});

test("a post shows at once, and is sent once it is stored", async () => {
  const box = await open();
  let written;
  store.slow = new Promise((resolve) => {
    written = resolve;
  });
  const seen = [];
  box.on("change", ({ body }) => seen.push(body));
  box.post({ room: "general", body: "safe", reply_to: null });
  assert.deepEqual(seen, ["safe"]);
  await settled();
  assert.deepEqual(asked, [], "a crash now would leave both its draft and the message");
  written();
  await settled();
  assert.deepEqual(askedFor(), ["safe"]);
});

test("a hanging disk holds up nobody", async () => {
  const box = await open();
  store.slow = new Promise(() => {});
  await say(box, "soon");
  await clock.pass(0.3);
  assert.deepEqual(askedFor(), ["soon"]);
});

test("a browser that stores nothing still sends, and forgets nothing that is on the screen", async () => {
  store.broken = true;
  const box = await open();
  await say(box, "no");
  await say(box, "next");
  await refuse(asked[0], { code: "too_large" });
  assert.deepEqual(bodies(box), ["no", "next"]);
  assert.equal(box.of("general")[0].state, "failed");
  await box.start();
  assert.deepEqual(bodies(box), ["no", "next"]);
  assert.deepEqual(askedFor(), ["no", "next"]);
});

test("a draft ends in the transaction that stores its post, or not at all", async () => {
  store.drafts.set("1/general", { user: 1, room: "general", body: "half" });
  const box = await open();
  store.broken = true;
  await say(box, "lost with the page");
  assert.equal(store.drafts.size, 1);
  store.broken = false;
  await say(box, "kept");
  assert.equal(store.drafts.size, 0);
  assert.equal(store.posts.size, 1);
});

test("a reload sends what wasn't confirmed, with the same nonce", async () => {
  const before = await say(await open(), "unsure");
  await reload();
  assert.equal(asked[0].command.nonce, before.nonce);
  await accept(asked[0]);
  assert.deepEqual(bodies(await reload()), []);
});

test("a page that goes before its database has finished loses no post", async () => {
  const box = await open();
  store.broken = true;
  const { nonce } = await say(box, "just said");
  box.leave();
  store.broken = false;
  await reload();
  assert.equal(asked[0].command.nonce, nonce);
  await accept(asked[0]);
  assert.deepEqual(bodies(await reload()), []);
});

test("the next person on this computer sees and sends none of it", async () => {
  await say(await open(1), "mine");
  const other = await reload(2);
  assert.deepEqual(other.of("general"), []);
  assert.deepEqual(asked, []);
  assert.deepEqual(bodies(await reload(1)), ["mine"], "mine would have been found");
});

test("a refused post fails with words, survives a reload, and is sent again on Retry only", async () => {
  const { nonce } = await say(await open(), "no");
  await refuse(asked[0], { code: "forbidden" });
  const box = await reload();
  const [failed] = box.of("general");
  assert.equal(failed.state, "failed");
  assert.match(failed.note, /permission/);
  assert.equal(asked.length, 0);
  box.retry(nonce);
  box.retry(nonce);
  await settled();
  assert.equal(asked.length, 1);
  assert.equal(asked[0].command.nonce, nonce);
});

test("several failed posts stay, and are sent again, in the order they were written", async () => {
  const box = await open();
  for (const body of ["a", "b", "c"]) await say(box, body);
  for (let n = 0; n < 3; n += 1) await refuse(asked[n], { code: "muted" });
  assert.deepEqual(bodies(box), ["a", "b", "c"]);
  const again = await reload();
  assert.deepEqual(bodies(again), ["a", "b", "c"]);
  for (const { nonce } of again.of("general").reverse()) again.retry(nonce);
  await settled();
  await accept(asked[0]);
  await accept(asked[1]);
  // The first was clicked last, when sending had started: the post under way isn't called back.
  assert.deepEqual(askedFor().slice(1), ["a", "b"]);
});

test("a post older than a week is offered, and only sent when its author agrees", async () => {
  const { nonce } = await say(await open(), "see you tonight");
  await clock.pass(7 * 24 * 3600 + 1);
  const box = await reload();
  const [old] = box.of("general");
  assert.equal(old.state, "failed");
  assert.match(old.note, /more than a week/);
  assert.deepEqual(asked, []);
  await say(box, "new");
  assert.deepEqual(askedFor(), ["new"]);
  box.retry(nonce);
  await accept(asked[0]);
  assert.deepEqual(askedFor(), ["new", "see you tonight"]);
});

test("the next post is sent after one that failed", async () => {
  const box = await open();
  await say(box, "no");
  await say(box, "yes");
  await refuse(asked[0], { code: "too_large" });
  assert.equal(asked[1].command.body, "yes");
});

test("slow mode waits as long as it says, and sending continues by itself, in order", async () => {
  const box = await open();
  await say(box, "first");
  await say(box, "second");
  await refuse(asked[0], { code: "slow_mode", retryAfter: 4 });
  assert.match(box.of("general")[0].note, /4 s/);
  await clock.pass(3.9);
  assert.equal(asked.length, 1);
  await clock.pass(0.2);
  assert.equal(asked[1].command.body, "first");
});

test("unavailable storage is tried again", async () => {
  const box = await open();
  await say(box, "keep me");
  await refuse(asked[0], { code: "unavailable" });
  await clock.pass(5);
  assert.equal(asked.length, 2);
  assert.equal(box.of("general")[0].state, "pending");
});

test("while the storage is away, the page is told when the next attempt is, and when it is over", async () => {
  const box = await open();
  const told = [];
  box.on("away", (retryAt) => told.push(retryAt));
  await say(box, "keep me");
  await refuse(asked[0], { code: "unavailable", retryAfter: 2 });
  assert.ok(told[0] >= clock.now() + 2000, "nobody retries sooner than the server said");
  assert.ok(told[0] <= clock.now() + 3000);
  assert.match(box.of("general")[0].note, /Kept/);
  await clock.pass(4);
  assert.equal(asked.length, 2);
  assert.equal(told.length, 1, "an attempt under way is no success yet");
  await accept(asked[1]);
  assert.deepEqual(told.slice(1), [null]);
});

test("no two pages retry the storage at the same moment", async () => {
  const moments = new Set();
  for (let i = 0; i < 8; i += 1) {
    const box = await open(10 + i, new Browser().tab());
    box.on("away", (retryAt) => moments.add(retryAt));
    await say(box, "keep me");
    await refuse(asked.at(-1), { code: "unavailable", retryAfter: 1 });
  }
  assert.ok(moments.size > 4, [...moments].join(" "));
});

test("once the storage takes one post, the others stop waiting", async () => {
  const box = await open();
  await say(box, "one", "here");
  await say(box, "two", "there");
  for (const one of [...asked]) await refuse(one, { code: "unavailable", retryAfter: 9 });
  asked = [];
  box.wake();
  await settled();
  assert.equal(asked.length, 2);
  await refuse(asked[1], { code: "unavailable", retryAfter: 9 });
  await accept(asked[0]);
  assert.equal(asked[2].command.body, "two");
});

test("a post that the server can't take doesn't hold up the next for ever: it can be discarded", async () => {
  const box = await open();
  const told = [];
  box.on("away", (retryAt) => told.push(retryAt));
  const { nonce } = await say(box, "poison");
  await say(box, "next");
  await refuse(asked[0], { code: "unavailable" });
  box.discard(nonce);
  await settled();
  assert.equal(asked[1].command.body, "next");
  await accept(asked[1]);
  assert.equal(told.at(-1), null);
});

test("discarding a refused post doesn't cut slow mode short", async () => {
  const box = await open();
  const { nonce } = await say(box, "no");
  await refuse(asked[0], { code: "forbidden" });
  await say(box, "too fast");
  await refuse(asked[1], { code: "slow_mode", retryAfter: 4 });
  box.discard(nonce);
  await settled();
  assert.equal(asked.length, 2);
  await clock.pass(4.1);
  assert.equal(asked[2].command.body, "too fast");
});

test("another tab got it stored: the storage no longer counts as away", async () => {
  const box = await open();
  const told = [];
  box.on("away", (retryAt) => told.push(retryAt));
  const { nonce } = await say(box, "twice");
  await refuse(asked[0], { code: "unavailable" });
  box.confirm(nonce);
  assert.equal(told.at(-1), null);
});

test("a reload keeps the order in which posts were written, whatever the clock did", async () => {
  const box = await open();
  for (const body of ["a", "b", "c", "d"]) await say(box, body);
  const now = clock.now;
  clock.now = () => 5;
  await say(box, "e");
  clock.now = now;
  store.posts = new Map([...store.posts].reverse());
  const after = await reload();
  assert.deepEqual(bodies(after), ["a", "b", "c", "d", "e"]);
  await say(after, "after the reload");
  assert.deepEqual(bodies(await reload()), ["a", "b", "c", "d", "e", "after the reload"]);
});

test("an unreadable entry doesn't block the others", async () => {
  await say(await open(), "whole");
  store.posts.set("x", { user: 1, nonce: "y" });
  assert.deepEqual(bodies(await reload()), ["whole"]);
});

test("a discarded post is gone for good, even if its refusal comes later", async () => {
  const box = await open();
  const { nonce } = await say(box, "oops");
  box.discard(nonce);
  await refuse(asked[0], { code: "forbidden" });
  assert.deepEqual(bodies(box), []);
  assert.deepEqual(bodies(await reload()), []);
});

// Several tabs

test("every tab shows what one of them sends, and one of them sends it", async () => {
  const [left, right] = [await open(), await open()];
  const sent = [];
  left.on("sent", ({ message }) => sent.push(message.number));
  await say(right, "once");
  assert.deepEqual(bodies(left), ["once"]);
  assert.deepEqual(askedFor(), ["once"]);
  await accept(asked[0], { number: 7 });
  assert.deepEqual(sent, [7]);
  assert.deepEqual(bodies(left), []);
});

test("when the sending tab dies, another continues, in order and with the same nonces", async () => {
  const [left, right] = [await open(), await open()];
  await say(left, "a");
  await say(left, "b");
  const { nonce } = asked[0].command;
  asked = [];
  left.tabs.die();
  await settled();
  assert.equal(asked[0].command.nonce, nonce);
  await accept(asked[0]);
  assert.deepEqual(askedFor(), ["a", "b"]);
  assert.deepEqual(bodies(right), ["b"]);
});

test("the tab in which I write first sends what an earlier one didn't finish", async () => {
  const [left, right] = [await open(), await open()];
  await say(left, "first");
  await say(right, "second");
  // The same post twice is harmless; the second before the first wouldn't be.
  assert.deepEqual(askedFor(), ["first", "first"]);
  await refuse(asked[0], { code: "muted" });
  assert.deepEqual(
    right.of("general").map(({ state }) => state),
    ["pending", "pending"],
    "the tab that no longer sends doesn't interfere",
  );
  await accept(asked[1]);
  assert.deepEqual(askedFor().slice(2), ["second"]);
});

test("a post discarded in one tab is gone in all, and a retry in one shows in all", async () => {
  const [left, right] = [await open(), await open()];
  const keep = await say(left, "keep");
  await refuse(asked[0], { code: "muted" });
  const drop = await say(left, "drop");
  await refuse(asked[1], { code: "muted" });
  right.discard(drop.nonce);
  right.retry(keep.nonce);
  await settled();
  assert.deepEqual(bodies(left), ["keep"]);
  assert.equal(left.of("general")[0].state, "pending");
  assert.deepEqual(askedFor().slice(2), ["keep"]);
});

test("a tab that slept learns what became of its posts meanwhile", async () => {
  const [left, right] = [await open(), await open()];
  const { nonce } = await say(left, "given up");
  await say(left, "waits");
  const gone = [];
  left.on("gone", ({ body }) => gone.push(body));
  browser.tabs = browser.tabs.filter((tab) => tab !== left.tabs);
  right.discard(nonce);
  await settled();
  await left.start();
  assert.deepEqual(gone, ["given up"]);
  assert.deepEqual(bodies(left), ["waits"]);
});

test("old news doesn't bring back a post that was sent", async () => {
  const [left, right] = [await open(), await open()];
  const post = await say(left, "done");
  await accept(asked[0]);
  left.tabs.tell({ post });
  assert.deepEqual(bodies(right), []);
});

const held = { code: "held", detail: "A moderator reads it first." };

test("a held post waits for a moderator, and the next one doesn't wait for it", async () => {
  const box = await open();
  const told = [];
  box.on("held", ({ body }) => told.push(body));
  await say(box, "cheap watches");
  await say(box, "next");
  await refuse(asked[0], held);
  assert.equal(box.of("general")[0].state, "held");
  assert.deepEqual([askedFor(), told], [["cheap watches", "next"], ["cheap watches"]]);
  await accept(asked[1]);
  await clock.pass(3600);
  assert.equal(asked.length, 2, "it is not sent again and again");
});

test("a held post still waits after a reload, and opening the room asks what became of it", async () => {
  const box = await open();
  const { nonce } = await say(box, "cheap watches");
  await refuse(asked[0], held);
  const later = await reload();
  assert.equal(later.of("general")[0].state, "held");
  assert.deepEqual(asked, []);
  await clock.pass(3600 * 24 * 30);
  later.review("general");
  await settled();
  assert.equal(asked[0].command.nonce, nonce, "the same one, however old");
  await refuse(asked[0], held);
  assert.equal(asked.length, 1);
  later.review("general");
  await settled();
  await accept(asked[1]);
  assert.deepEqual(later.of("general"), []);
});

test("the rejection of a held post says why, at once or when asked, and offers no retry", async () => {
  const box = await open();
  const { nonce } = await say(box, "cheap watches");
  const other = await say(box, "cheap shoes");
  await refuse(asked[0], held);
  await refuse(asked[1], held);
  box.refuse({ nonce, detail: "No adverts." });
  box.review("general");
  await settled();
  assert.equal(asked[2].command.nonce, other.nonce, "the first is decided");
  await refuse(asked[2], { code: "forbidden", detail: "No adverts." });
  const facts = ({ state, note, refused }) => [state, note, refused];
  const refused = ["failed", "No adverts.", true];
  assert.deepEqual(box.of("general").map(facts), [refused, refused]);
  const later = await reload();
  assert.deepEqual(later.of("general").map(facts), [refused, refused]);
});

test("an unanswered question about a held post loses nothing", async () => {
  const box = await open();
  await say(box, "cheap watches");
  await refuse(asked[0], held);
  for (const code of ["rate_limited", "unavailable", "muted", "timeout"]) {
    box.review("general");
    await settled();
    await refuse(asked.at(-1), { code });
    assert.equal(box.of("general")[0].state, "held", code);
  }
});

// Files

const picture = (name = "cat.png") => new File([name], name, { type: "image/png" });
const sendingTo = (box, files, body = "look") =>
  box.post({ room: "general", body, reply_to: null, files: files.map(({ key }) => key) });
const arrives = (box, { key }, id) => box.files.change(key, { id, done: true });

test("a post with files shows them at once, and is posted when the server has them all, in order", async () => {
  const box = await open();
  const [cat, dog] = [
    box.files.add("general", picture()),
    box.files.add("general", picture("dog")),
  ];
  sendingTo(box, [dog, cat]);
  await settled();
  const [{ attachments }] = box.of("general");
  assert.deepEqual(
    attachments.map(({ name, progress }) => [name, progress]),
    [
      ["dog", 0],
      ["cat.png", 0],
    ],
  );
  assert.deepEqual(box.unposted("general"), []);
  arrives(box, cat, "c1");
  await settled();
  assert.deepEqual(asked, []);
  arrives(box, dog, "d1");
  await settled();
  assert.deepEqual(asked[0].command.attachments, ["d1", "c1"]);
});

test("what is written after a post with files waits for it, and other rooms don't", async () => {
  const box = await open();
  const cat = box.files.add("general", picture());
  sendingTo(box, [cat]);
  await say(box, "after it");
  await say(box, "elsewhere", "other");
  assert.deepEqual(askedFor(), ["elsewhere"]);
  arrives(box, cat, "c1");
  await settled();
  await accept(asked[1]);
  assert.deepEqual(askedFor(), ["elsewhere", "look", "after it"]);
});

test("a reload keeps a post, its files and their order, and sends them", async () => {
  const box = await open();
  const [cat, dog] = [
    box.files.add("general", picture()),
    box.files.add("general", picture("dog")),
  ];
  sendingTo(box, [dog, cat]);
  await settled();
  const again = await reload();
  const [{ attachments }] = again.of("general");
  assert.deepEqual(
    attachments.map(({ name }) => name),
    ["dog", "cat.png"],
  );
  assert.equal(await again.files.contentOf(cat.key).text(), "cat.png");
  arrives(again, cat, "c1");
  arrives(again, dog, "d1");
  await settled();
  assert.deepEqual(asked[0].command.attachments, ["d1", "c1"]);
  await accept(asked[0]);
  assert.equal(store.files.size + store.contents.size, 0);
  assert.deepEqual((await reload()).unposted("general"), []);
});

test("a file that can't be sent fails its post with the reason, and the next is sent", async () => {
  const box = await open();
  const cat = box.files.add("general", picture());
  const { nonce } = sendingTo(box, [cat]);
  await say(box, "next");
  box.files.change(cat.key, { reason: "It is too large." });
  await settled();
  const [failed] = box.of("general");
  assert.deepEqual([failed.state, failed.note], ["failed", "cat.png: It is too large."]);
  assert.deepEqual(askedFor(), ["next"]);
  box.retry(nonce);
  assert.equal(box.files.get(cat.key).reason, undefined, "it is sent again");
});

test("a post taken back leaves its files to the composer, and a discarded one doesn't", async () => {
  const box = await open();
  const [cat, dog] = [
    box.files.add("general", picture()),
    box.files.add("general", picture("dog")),
  ];
  const back = sendingTo(box, [cat]);
  const away = sendingTo(box, [dog]);
  await settled();
  box.takeBack(back.nonce);
  box.discard(away.nonce);
  await settled();
  const names = (one) => one.unposted("general").map(({ name }) => name);
  assert.deepEqual(names(box), ["cat.png"]);
  assert.deepEqual(names(await reload()), ["cat.png"]);
  assert.equal(store.contents.size, 1);
});

test("files that the server has forgotten are asked about once, and sent again", async () => {
  const box = await open();
  const cat = box.files.add("general", picture());
  arrives(box, cat, "c1");
  sendingTo(box, [cat]);
  await settled();
  await refuse(asked[0], { code: "not_found" });
  assert.equal(box.files.get(cat.key).done, false);
  arrives(box, cat, "c2");
  await settled();
  assert.deepEqual(asked[1].command.attachments, ["c2"]);
  assert.equal(asked[1].command.nonce, asked[0].command.nonce);
  await refuse(asked[1], { code: "not_found" });
  assert.equal(box.of("general")[0].state, "failed");
});

test("a post whose file is lost says so, and doesn't go without it", async () => {
  const box = await open();
  const cat = box.files.add("general", picture());
  sendingTo(box, [cat]);
  await settled();
  store.files.clear();
  store.contents.clear();
  const [lost] = (await reload()).of("general");
  assert.equal(lost.state, "failed");
  assert.match(lost.note, /no longer in this browser/);
});
