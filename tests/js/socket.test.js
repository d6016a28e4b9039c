import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ChatSocket } from "../../static/js/connection/socket.js";
import { settled, TestClock } from "./clock.js";

/** The browser's WebSocket, as far as it is used. */
class Line {
  static lines = [];
  sent = [];
  closed = null;
  constructor(url, protocols) {
    Object.assign(this, { url, protocols });
    Line.lines.push(this);
  }
  send = (frame) => this.sent.push(JSON.parse(frame));
  close(code) {
    this.closed = code ?? 1005;
  }
  says = (event) => this.onmessage({ data: JSON.stringify(event) });
  welcomes = () => this.says({ type: "welcome", rooms: [] });
  drops = (code = 1006) => this.onclose({ code });
  answers(type, reply) {
    const { ref } = this.sent.findLast((command) => command.type === type);
    this.says({ type: "ok", ...reply, ref });
  }
}
const line = () => Line.lines.at(-1);
const pause = () => socket.connection.retryAt - clock.now();

let clock;
let socket;
beforeEach(() => {
  Line.lines = [];
  clock = new TestClock();
  socket = new ChatSocket("ws://test/ws/", { clock, random: () => 0.5, WebSocket: Line });
  socket.connect();
});

test("offers the subprotocol and is open with the welcome, not before", () => {
  assert.deepEqual(line().protocols, ["chatsite.v1"]);
  assert.equal(socket.connection.state, "connecting");
  line().welcomes();
  assert.equal(socket.connection.state, "open");
});

test("a reply finds its question by ref, a refusal rejects with its code", async () => {
  line().welcomes();
  const post = socket.request({ type: "message.post" });
  const edit = socket.request({ type: "message.edit" });
  const { ref } = line().sent.find(({ type }) => type === "message.edit");
  line().says({ type: "error", ref, code: "slow_mode", detail: "Wait.", retry_after: 4 });
  line().answers("message.post", { message: { number: 7 } });
  assert.equal((await post).message.number, 7);
  await assert.rejects(edit, { code: "slow_mode", retryAfter: 4 });
});

test("comes back with growing pauses, at once when the browser is online again", async () => {
  line().drops();
  assert.equal(pause(), 250);
  await clock.pass(0.3);
  assert.equal(Line.lines.length, 2);
  line().drops();
  assert.equal(pause(), 500);
  socket.wake();
  assert.equal(Line.lines.length, 3);
});

test("no pause is longer than 30 s, and a line that stands makes it short again", async () => {
  for (let i = 0; i < 12; i += 1) {
    line().drops();
    assert.ok(pause() <= 15_000);
    await clock.pass(31);
  }
  line().welcomes();
  await clock.pass(11);
  line().drops();
  assert.equal(pause(), 250);
});

test("lines that open and are closed at once are tried less and less often", async () => {
  for (let i = 0; i < 6; i += 1) {
    line().welcomes();
    await clock.pass(0.1);
    line().drops(4410);
    await clock.pass(pause() / 1000);
  }
  line().welcomes();
  line().drops(4410);
  assert.equal(pause(), 15_000);
  assert.equal(Line.lines.length, 7);
});

test("a refused handshake is tried less and less often, whatever the refusal", async () => {
  for (const code of [1006, 4429, 1012, 1006]) {
    line().drops(code);
    await clock.pass(pause() / 1000);
  }
  line().drops(4429);
  assert.equal(pause(), 4000);
});

test("kept commands are sent again in order with the same content; the rest fail", async () => {
  line().welcomes();
  const first = socket.request({ type: "message.post", nonce: "a" }, { keep: true });
  const history = socket.request({ type: "history" });
  line().drops();
  const second = socket.request({ type: "message.post", nonce: "b" }, { keep: true });
  await assert.rejects(history, { code: "offline" });
  await clock.pass(1);
  assert.deepEqual(line().sent, []);
  line().welcomes();
  assert.deepEqual(
    line().sent.map(({ nonce }) => nonce),
    ["a", "b"],
  );
  const [a, b] = line().sent;
  line().says({ type: "ok", ref: a.ref });
  line().says({ type: "ok", ref: b.ref });
  await Promise.all([first, second]);
  line().drops();
  await clock.pass(1);
  line().welcomes();
  assert.deepEqual(line().sent, [], "an answered command isn't sent again");
});

test("listeners of the welcome send before the kept commands", () => {
  socket.request({ type: "message.post" }, { keep: true });
  socket.on("event", () => socket.request({ type: "room.open" }));
  line().welcomes();
  assert.deepEqual(
    line().sent.map(({ type }) => type),
    ["room.open", "message.post"],
  );
});

test("an unanswered command times out; a kept one tests the line instead", async () => {
  line().welcomes();
  const lost = assert.rejects(socket.request({ type: "history" }), { code: "timeout" });
  socket.request({ type: "message.post" }, { keep: true });
  await clock.pass(10.5);
  await lost;
  assert.equal(line().sent.at(-1).type, "ping");
  await clock.pass(10.5);
  assert.equal(Line.lines[0].closed, 1005);
  assert.notEqual(socket.connection.state, "open");
});

test("a kept command that is never answered is sent again on another line", async () => {
  line().welcomes();
  socket.request({ type: "message.post", nonce: "a" }, { keep: true });
  for (let i = 0; i < 12; i += 1) {
    await clock.pass(5);
    const ping = line().sent.findLast(({ type }) => type === "ping");
    if (ping) line().says({ type: "ok" });
  }
  await clock.pass(1);
  assert.equal(Line.lines.length, 2);
  line().welcomes();
  assert.equal(line().sent[0].nonce, "a");
});

test("a command left unanswered by three live lines fails, and holds up nothing", async () => {
  const failed = assert.rejects(socket.request({ type: "message.post" }, { keep: true }), {
    code: "timeout",
  });
  for (let n = 0; n < 3; n += 1) {
    line().welcomes();
    for (let i = 0; i < 12; i += 1) {
      await clock.pass(5);
      line().says({ type: "error", ref: null, code: "invalid" });
    }
    await clock.pass(2);
  }
  await failed;
  assert.equal(Line.lines.length, 4);
  line().welcomes();
  assert.deepEqual(line().sent, []);
});

test("half of a surrogate pair never leaves the page", () => {
  line().welcomes();
  const people = ["\ud83d\ude00", "\ude00"];
  socket.request({ type: "message.post", body: "cut \ud83d", people, deep: { name: "\udfff!" } });
  socket.tell({ type: "typing.start", room: "\ud800" });
  const [post, typing] = line().sent;
  assert.equal(post.body, "cut \ufffd");
  assert.deepEqual(post.people, ["😀", "\ufffd"]);
  assert.equal(post.deep.name, "\ufffd!");
  assert.equal(typing.room, "\ufffd");
});

test("a failing listener doesn't hold back kept commands", () => {
  socket.request({ type: "message.post" }, { keep: true });
  socket.on("event", () => {
    throw new Error("a bug");
  });
  assert.throws(() => line().welcomes(), /a bug/);
  assert.equal(line().sent.length, 1);
});

test("a silent line is given up 2.5 s after the ping, a talking one is not", async () => {
  line().welcomes();
  await clock.pass(25);
  assert.equal(line().sent.at(-1).type, "ping");
  line().answers("ping", {});
  await clock.pass(24);
  assert.equal(socket.connection.state, "open");
  await clock.pass(3.4);
  assert.equal(socket.connection.state, "open");
  await clock.pass(0.2);
  assert.notEqual(socket.connection.state, "open");
});

test("a send without an answer is told after 4.5 s, and the line is given up 10 s after the ping", async () => {
  line().welcomes();
  socket.request({ type: "message.post" }, { keep: true });
  await clock.pass(4.4);
  assert.ok(!socket.connection.silent);
  await clock.pass(0.2);
  assert.ok(socket.connection.silent);
  assert.equal(socket.connection.state, "open", "the server may be busy with the command");
  await clock.pass(7);
  assert.equal(Line.lines.length, 1);
  await clock.pass(1);
  assert.equal(Line.lines.length, 2);
});

test("any frame ends the silence", async () => {
  line().welcomes();
  socket.request({ type: "message.post" }, { keep: true });
  await clock.pass(5);
  line().says({ type: "presence.changed" });
  assert.ok(!socket.connection.silent);
  await clock.pass(4);
  assert.equal(Line.lines.length, 1);
});

test("a line that is known to be slow gets four times as long as it took lately", async () => {
  await clock.pass(2);
  line().welcomes(); // 2 s after the handshake began
  socket.request({ type: "message.post" }, { keep: true });
  await clock.pass(9.9);
  assert.ok(!socket.connection.silent, "2 s of doubt, then 8 s for the ping");
  await clock.pass(0.2);
  assert.ok(socket.connection.silent);
  line().says({ type: "presence.changed" });
  for (let n = 0; n < 8; n += 1) {
    socket.request({ type: "ping" }).catch(() => {});
    await clock.pass(0.1);
    line().answers("ping", {});
  }
  socket.request({ type: "message.edit" }, { keep: true });
  await clock.pass(4.6);
  assert.ok(socket.connection.silent, "it has been quick since");
});

test("a reader who doesn't want to wait gets a new line at once, with what was asked", async () => {
  line().welcomes();
  socket.request({ type: "message.post", nonce: "a" }, { keep: true });
  await clock.pass(5);
  socket.restart();
  assert.equal(Line.lines.length, 2);
  assert.equal(Line.lines[0].closed, 1005);
  line().welcomes();
  assert.equal(line().sent[0].nonce, "a");
});

test("a handshake that hangs is given up", async () => {
  await clock.pass(11);
  assert.ok(Line.lines.length > 1);
});

test("signed out and banned stay closed and say so", async () => {
  socket.close();
  for (const [code, reason] of [
    [4401, "signed-out"],
    [4403, "banned"],
  ]) {
    Line.lines = [];
    socket = new ChatSocket("ws://test/ws/", { clock, WebSocket: Line });
    socket.connect();
    line().drops(code);
    socket.offline();
    socket.wake();
    await clock.pass(60);
    const { state, retryAt } = socket.connection;
    assert.deepEqual([state, socket.connection.reason, retryAt], ["closed", reason, null]);
    assert.equal(Line.lines.length, 1);
  }
});

test("the reason for the end of a session is known by its code", () => {
  const farewell = { type: "session.ended", code: "expired", reason: "…" };
  line().says(farewell);
  line().drops(4401);
  assert.deepEqual(socket.connection.farewell, farewell);
});

test("1000 from the server means reconnect; from us it means goodbye", async () => {
  line().drops(1000);
  await clock.pass(1);
  assert.equal(Line.lines.length, 2);
  socket.close();
  await clock.pass(60);
  assert.equal(Line.lines.length, 2);
});

const isDoubtful = () => socket.connection.doubtful === true;

test("a line is in doubt 2 s after a question without an answer, and good again with any frame", async () => {
  line().welcomes();
  socket.request({ type: "message.post" }, { keep: true });
  await clock.pass(1.9);
  assert.ok(!isDoubtful());
  await clock.pass(0.2);
  assert.ok(isDoubtful());
  assert.equal(socket.connection.state, "open", "the server may be slow");
  assert.equal(line().sent.at(-1).type, "ping");
  line().says({ type: "presence.changed" });
  assert.ok(!isDoubtful());
});

test("a browser that says it is offline puts the line in doubt, and a dead one is given up", async () => {
  line().welcomes();
  socket.offline();
  await clock.pass(2.1);
  assert.ok(isDoubtful());
  await clock.pass(8);
  assert.notEqual(socket.connection.state, "open");
  assert.ok(!isDoubtful());
});

test("after four failed handshakes the page asks who answers, and says when it is another", async () => {
  let others = true;
  let asked = 0;
  const isIntercepted = async () => {
    asked += 1;
    return others;
  };
  socket.close();
  Line.lines = [];
  socket = new ChatSocket("ws://test/ws/", {
    clock,
    random: () => 0.5,
    WebSocket: Line,
    isIntercepted,
  });
  socket.connect();
  for (let n = 0; n < 3; n += 1) {
    line().drops();
    await clock.pass(pause() / 1000);
  }
  assert.equal(asked, 0);
  line().drops();
  await settled();
  assert.equal(socket.connection.reason, "intercepted");
  assert.ok(pause() > 0, "it keeps trying");
  others = false;
  await clock.pass(pause() / 1000);
  line().drops();
  await settled();
  assert.equal(socket.connection.reason, "lost");
  others = true;
  await clock.pass(pause() / 1000);
  line().welcomes();
  assert.equal(socket.connection.state, "open");
  line().drops();
  assert.equal(socket.connection.reason, "lost", "the site itself answered since");
});

test("waking after a long silence gives a dead line one second", async () => {
  line().welcomes();
  clock.sleeps(3600);
  socket.wake();
  await clock.pass(1.1);
  assert.equal(socket.connection.state, "closed");
  await clock.pass(0.5);
  assert.equal(Line.lines.length, 2);
  line().welcomes();
  socket.wake();
  await clock.pass(1.1);
  assert.equal(socket.connection.state, "open", "a line that just spoke gets longer");
});

test("a restart is waited for as long as the server said", async () => {
  line().welcomes();
  line().says({ type: "server.restarting", retry_in: 3 });
  line().drops(1012);
  assert.equal(socket.connection.reason, "restarting");
  await clock.pass(3);
  assert.equal(Line.lines.length, 1);
  await clock.pass(0.3);
  assert.equal(Line.lines.length, 2);
});

test("a refused handshake means that the server is busy, not restarting", () => {
  for (const code of [1012, 4429]) {
    line().drops(code);
    assert.equal(socket.connection.reason, "busy");
    socket.wake();
  }
});

test("an attempt that finds no server yet belongs to the restart, for half a minute", async () => {
  line().welcomes();
  line().drops(1012);
  await clock.pass(1);
  line().drops();
  assert.equal(socket.connection.reason, "restarting");
  for (let n = 0; n < 6; n += 1) {
    await clock.pass(30);
    line().drops();
  }
  assert.equal(socket.connection.reason, "lost");
  await clock.pass(30);
  line().welcomes();
  line().drops();
  assert.equal(socket.connection.reason, "lost", "that was another time");
});

test("frames of a line that was given up are ignored", async () => {
  const old = line();
  old.drops();
  await clock.pass(1);
  await settled();
  old.welcomes();
  assert.equal(socket.connection.state, "connecting");
});
