import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Files, isComplete } from "../../static/js/composer/files.js";
import { Uploads } from "../../static/js/composer/uploads.js";
import { settled, TestClock } from "./clock.js";
import { Browser, TestStore } from "./tabs.js";
import { TusServer } from "./tus-server.js";

let server;
let clock;
let store;
let browser;
let measures;

beforeEach(() => {
  server = new TusServer();
  clock = new TestClock();
  store = new TestStore();
  browser = new Browser();
  measures = {};
});

/** A page's files, and what sends them. */
async function open(tabs = browser.tab()) {
  const files = new Files({ user: 1, store, tabs, clock });
  await files.ready;
  tabs.join();
  const measure = async (kind) => measures[kind] ?? {};
  const uploads = new Uploads({ files, tabs, send: server.send, token: () => "t", measure, clock });
  return { files, uploads, tabs, add: (name, type, facts) => add(files, name, type, facts) };
}

const add = (files, name, type = "image/png", facts = undefined) =>
  files.add("general", new File([`content of ${name}`], name, { type }), facts);

async function quiet() {
  for (let n = 0; n < 60; n += 1) await settled();
}

const names = () => [...server.uploads.values()].map(({ metadata }) => metadata.filename);

test("files are sent as soon as they are added, two at a time", async () => {
  let go;
  server.holds = new Promise((resolve) => {
    go = resolve;
  });
  const { files, add } = await open();
  const added = ["a.png", "b.png", "c.png"].map((name) => add(name));
  await quiet();
  assert.equal(server.most, 2);
  go();
  await quiet();
  assert.equal(server.most, 2);
  assert.ok(added.every(({ key }) => isComplete(files.get(key))));
  assert.deepEqual(names(), ["a.png", "b.png", "c.png"]);
});

test("a file that was half sent when the page was killed is finished by the next one", async () => {
  const page = await open();
  server.cutsAfter = 7;
  const { key } = page.add("a.png");
  await quiet();
  page.tabs.die();
  const next = await open();
  await quiet();
  const { id, done } = next.files.get(key);
  assert.deepEqual([id, done], ["1", true]);
  assert.equal(server.uploads.get("1").bytes, "content of a.png");
  assert.equal(server.uploads.size, 1);
});

test("another tab goes on with what a closed one was sending", async () => {
  const [left, right] = [await open(), await open()];
  server.cutsAfter = 7;
  const { key } = left.add("a.png");
  await quiet();
  assert.equal(server.asked.filter((one) => one.startsWith("POST")).length, 1, "one tab sends");
  left.tabs.die();
  await clock.pass(5);
  await quiet();
  assert.equal(right.files.get(key).done, true);
  assert.equal(server.uploads.get("1").bytes, "content of a.png");
});

test("where there is no room to keep a file, it is sent from this page, and the next says that it is lost", async () => {
  store.full = true;
  server.isAway = true;
  const page = await open();
  const { key } = page.add("a.png");
  await quiet();
  assert.equal(page.files.areAtRisk, true);
  const other = await open();
  await quiet();
  assert.match(other.files.get(key).reason, /Add it again/);
  server.isAway = false;
  page.uploads.wake();
  await quiet();
  assert.equal(page.files.get(key).done, true);
  assert.equal(page.files.areAtRisk, false);
});

test("a description that is written later is told before the file counts as sent", async () => {
  const { files, add } = await open();
  const { key } = add("a.png", "image/png", { alt: "A cat" });
  await quiet();
  assert.equal(server.uploads.get("1").alt, "A cat");
  files.change(key, { alt: "A black cat" });
  assert.equal(isComplete(files.get(key)), false);
  await quiet();
  assert.equal(server.uploads.get("1").alt, "A black cat");
  assert.equal(isComplete(files.get(key)), true);
});

test("a refused description says why, and the next one is told", async () => {
  const { files, add } = await open();
  const { key } = add("a.png");
  await quiet();
  const text = JSON.stringify({ error: { detail: "Not this word." } });
  server.refuses = ({ method }) => (method === "PUT" ? { status: 400, text } : undefined);
  files.change(key, { alt: "bad" });
  await quiet();
  assert.equal(files.get(key).reason, "Not this word.");
  server.refuses = () => undefined;
  files.change(key, { alt: "good", reason: undefined });
  await quiet();
  assert.equal(isComplete(files.get(key)), true);
});

test("a video's poster is sent before it, and named with its length", async () => {
  measures.video = { width: 640, height: 360, duration: 2.5, poster: new Blob(["poster"]) };
  const { files, add } = await open();
  const { key } = add("film.mp4", "video/mp4");
  await quiet();
  const [poster, film] = [...server.uploads.values()];
  assert.equal(poster.bytes, "poster");
  const { duration, poster: named } = film.metadata;
  assert.deepEqual([duration, named], ["2.5", "1"]);
  const { width, height } = files.get(key);
  assert.deepEqual([width, height], [640, 360]);
});

test("a recording brings its own length and loudness", async () => {
  measures.voice = { duration: 3.2 };
  const { add } = await open();
  add("voice.webm", "audio/webm", { kind: "voice", duration: 3.04, peaks: [1, 50, 100] });
  await quiet();
  const [{ metadata }] = [...server.uploads.values()];
  assert.deepEqual(
    [metadata.kind, metadata.duration, metadata.peaks],
    ["voice", "3.04", "[1,50,100]"],
  );
});

test("a removed file stops, and is removed from the server and the browser", async () => {
  server.cutsAfter = 3;
  const { files, add } = await open();
  const { key } = add("a.png");
  await quiet();
  files.remove([key]);
  await clock.pass(60);
  await quiet();
  assert.deepEqual(server.asked.slice(-1), ["DELETE /files/1"]);
  assert.equal(server.uploads.size, 0);
  assert.equal(store.files.size + store.contents.size, 0);
  assert.deepEqual(files.all, []);
});

test("a file removed while it is being stored doesn't come back", async () => {
  const { files, add } = await open();
  let written;
  store.slow = new Promise((resolve) => {
    written = resolve;
  });
  const { key } = add("a.png");
  files.remove([key]);
  written();
  await quiet();
  assert.equal(store.files.size + store.contents.size, 0);
  assert.deepEqual((await open()).files.all, []);
});

test("a refused file says why, and is sent again when asked", async () => {
  const text = JSON.stringify({ error: { code: "too_large", detail: "At most 1 MB." } });
  server.refuses = () => ({ status: 413, text });
  const { files, add } = await open();
  const { key } = add("a.png");
  await quiet();
  assert.deepEqual([files.get(key).reason, files.get(key).final], ["At most 1 MB.", true]);
  const asked = server.asked.length;
  await clock.pass(600);
  await quiet();
  assert.equal(server.asked.length, asked, "nobody asks by themselves");
  server.refuses = () => undefined;
  files.change(key, { reason: undefined });
  await quiet();
  assert.equal(files.get(key).done, true);
});

test("every tab shows the files, their progress and their order", async () => {
  const [left, right] = [await open(), await open()];
  const [a, b] = [left.add("a.png"), left.add("b.png")];
  await quiet();
  left.files.arrange([b.key, a.key]);
  assert.deepEqual(
    right.files.of("general").map(({ name, done }) => [name, done]),
    [
      ["b.png", true],
      ["a.png", true],
    ],
  );
  assert.equal(await right.files.contentOf(a.key).text(), "content of a.png");
  right.files.remove([a.key]);
  assert.deepEqual(
    left.files.of("general").map(({ name }) => name),
    ["b.png"],
  );
});

test("unreadable records don't hide the others", async () => {
  const page = await open();
  page.add("a.png");
  await quiet();
  store.files.set("x", { user: 1, room: "general", key: "y" });
  assert.equal((await open()).files.all.length, 1);
});

test("a film whose poster the server has forgotten is sent with it again", async () => {
  measures.video = { duration: 2.5, poster: new Blob(["poster"]) };
  const { files, add } = await open();
  server.refuses = ({ headers }) => {
    const named = /poster (\S+)/.exec(headers["upload-metadata"] ?? "")?.[1];
    const isKnown = !named || server.uploads.has(Buffer.from(named, "base64").toString());
    return isKnown ? undefined : { status: 404 };
  };
  const { key } = add("film.mp4", "video/mp4");
  await quiet();
  server.uploads.clear();
  files.change(key, { done: false, id: null });
  await quiet();
  assert.equal(isComplete(files.get(key)), true);
  assert.deepEqual(names(), ["poster.jpg", "film.mp4"]);
});

test("a description for a file that the server has forgotten sends both again", async () => {
  const { files, add } = await open();
  const { key } = add("a.png");
  await quiet();
  server.uploads.clear();
  files.change(key, { alt: "A cat" });
  await quiet();
  assert.equal(isComplete(files.get(key)), true);
  assert.equal([...server.uploads.values()][0].alt, "A cat");
});

test("whoever was logged out meanwhile has lost nothing", async () => {
  server.refuses = () => ({ status: 401 });
  const { files, add } = await open();
  const { key } = add("a.png");
  await quiet();
  assert.equal(files.get(key).reason, undefined);
  server.refuses = () => undefined;
  await clock.pass(60);
  await quiet();
  assert.equal(files.get(key).done, true);
});
