import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { TusUpload } from "../../static/js/connection/tus.js";
import { MAX_PART } from "../../static/js/protocol.js";
import { settled, TestClock } from "./clock.js";
import { TusServer } from "./tus-server.js";

let server;
let clock;

beforeEach(() => {
  server = new TusServer();
  clock = new TestClock();
});

const text = (length) => "0123456789".repeat(Math.ceil(length / 10)).slice(0, length);

/** Begin an upload, or go on with one; `ended` holds its outcome. */
function begin(content, id = null, metadata = { filename: "kätzchen.png", room: "general" }) {
  const world = { id, send: server.send, token: () => "t", clock };
  const upload = new TusUpload(new Blob([content]), metadata, world);
  const ended = { id: undefined, error: undefined };
  upload.run().then(
    (done) => Object.assign(ended, { id: done }),
    (error) => Object.assign(ended, { error }),
  );
  return Object.assign(upload, { ended });
}

/** Let reading a blob, which takes a few turns, and everything after it happen. */
async function quiet() {
  for (let n = 0; n < 40; n += 1) await settled();
}

test("a file arrives whole, in parts that the server takes, under its name", async () => {
  const content = text(2 * MAX_PART + 5);
  const upload = begin(content);
  const progress = [];
  upload.on("progress", (sent) => progress.push(sent));
  await quiet();
  assert.equal(upload.ended.id, "1");
  assert.ok(server.uploads.get("1").bytes === content);
  assert.deepEqual(server.uploads.get("1").metadata, { filename: "kätzchen.png", room: "general" });
  assert.deepEqual(server.asked.slice(1), [
    "PATCH /files/1 @0",
    `PATCH /files/1 @${MAX_PART}`,
    `PATCH /files/1 @${2 * MAX_PART}`,
  ]);
  assert.equal(progress.at(-1), content.length);
});

test("an empty file is there as soon as it is announced", async () => {
  const upload = begin("");
  await quiet();
  assert.equal(upload.ended.id, "1");
});

test("after the line was cut, only what didn't arrive is sent", async () => {
  server.cutsAfter = 4;
  const upload = begin(text(10));
  await quiet();
  assert.equal(upload.ended.id, undefined);
  await clock.pass(2);
  await quiet();
  assert.equal(upload.ended.id, "1");
  assert.deepEqual(server.asked.slice(1), [
    "PATCH /files/1 @0",
    "HEAD /files/1",
    "PATCH /files/1 @4",
  ]);
  assert.equal(server.uploads.get("1").bytes, text(10));
});

test("a server that is away is tried again with growing pauses, or as soon as it is back", async () => {
  server.isAway = true;
  const upload = begin(text(10));
  await quiet();
  for (let n = 0; n < 60; n += 1) {
    await clock.pass(1);
    await quiet();
  }
  const tries = server.asked.length;
  assert.ok(tries >= 3 && tries < 40, `${tries} attempts in a minute`);
  server.isAway = false;
  upload.wake();
  await quiet();
  assert.equal(upload.ended.id, "1");
});

test("nobody tries sooner than the server said", async () => {
  server.refuses = () => ({ status: 429, headers: { "retry-after": "20" } });
  const upload = begin(text(10));
  await quiet();
  await clock.pass(19.9);
  await quiet();
  assert.equal(server.asked.length, 1);
  server.refuses = () => undefined;
  await clock.pass(2);
  await quiet();
  assert.equal(upload.ended.id, "1");
});

test("another page goes on where this one stopped", async () => {
  server.cutsAfter = 4;
  const first = begin(text(10));
  await quiet();
  first.stop();
  await quiet();
  assert.equal(first.ended.id, null);
  const next = begin(text(10), "1");
  await quiet();
  assert.equal(next.ended.id, "1");
  assert.equal(server.uploads.get("1").bytes, text(10));
  assert.equal(server.asked.filter((one) => one.startsWith("POST")).length, 1);
});

test("two pages that send the same file at once don't break it", async () => {
  server.uploads.set("1", { length: 10, bytes: text(3), metadata: {}, alt: "" });
  const both = [begin(text(10), "1"), begin(text(10), "1")];
  await quiet();
  await clock.pass(2);
  await quiet();
  assert.deepEqual(
    both.map(({ ended }) => ended.id),
    ["1", "1"],
  );
  assert.equal(server.uploads.get("1").bytes, text(10));
});

test("an upload that the server has forgotten is begun again, once", async () => {
  const upload = begin(text(10), "gone");
  await quiet();
  assert.equal(upload.ended.id, "1");
  server.refuses = ({ method }) => (method === "PATCH" ? { status: 404 } : undefined);
  const other = begin(text(10));
  await quiet();
  assert.equal(other.ended.error?.code, "not_found");
});

test("a refusal ends it with the server's reason", async () => {
  const body = JSON.stringify({
    error: { code: "too_large", detail: "A file can have at most 100 MB." },
  });
  server.refuses = () => ({ status: 413, text: body });
  const { ended } = begin(text(10));
  await quiet();
  assert.deepEqual(
    [ended.error?.code, ended.error?.detail],
    ["too_large", "A file can have at most 100 MB."],
  );
  for (const [status, code] of [
    [403, "forbidden"],
    [413, "too_large"],
    [415, "invalid"],
  ]) {
    server.refuses = () => ({ status, text: "<html>" });
    const other = begin(text(10));
    await quiet();
    assert.equal(other.ended.error?.code, code);
  }
});

test("a file that can't be read any more isn't taken for a lost connection", async () => {
  server.isAway = true;
  const content = new Blob(["x"]);
  content.slice = () => ({ arrayBuffer: () => Promise.reject(new Error("NotReadableError")) });
  const upload = new TusUpload(content, {}, { send: server.send, token: () => "", clock });
  await assert.rejects(upload.run(), { code: "unreadable" });
});
