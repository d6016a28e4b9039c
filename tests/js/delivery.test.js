import assert from "node:assert/strict";
import { test } from "node:test";
import { Delivery } from "../../static/js/connection/delivery.js";
import { Emitter } from "../../static/js/lib/emitter.js";
import { TestClock } from "./clock.js";

/** A connection whose state is set by the test. */
class Line extends Emitter {
  connection = { state: "connecting", reason: "" };
  takes = 10;

  constructor(clock) {
    super();
    this.clock = clock;
  }

  become(state, reason = "") {
    this.connection = { state, reason };
    this.emit("change", this.connection);
  }

  async request() {
    if (this.connection.state !== "open") throw new Error("offline");
    await this.clock.pass(this.takes / 1000);
  }
}

function line() {
  const clock = new TestClock();
  const socket = new Line(clock);
  return { clock, socket, delivery: new Delivery(socket, clock) };
}

const said = (delivery, session = null) => Object.fromEntries(delivery.facts(session));

test("the first connection is no reconnection, and each later one is", () => {
  const { socket, delivery } = line();
  socket.become("open");
  socket.become("open");
  assert.equal(said(delivery).Reconnected, "never");
  for (let times = 0; times < 2; times += 1) {
    socket.become("closed", "lost");
    assert.equal(said(delivery).Connection, "Not connected (lost)");
    socket.become("connecting", "lost");
    socket.become("open");
  }
  assert.equal(said(delivery).Reconnected, "2 times");
});

test("round trips are measured while connected, and the last ten count", async () => {
  const { socket, delivery } = line();
  await delivery.measure();
  assert.equal(said(delivery)["Round trip"], "not measured yet");
  socket.become("open");
  for (let n = 1; n <= 12; n += 1) {
    socket.takes = n;
    await delivery.measure();
  }
  assert.equal(said(delivery)["Round trip"], "8 ms (3 to 12 ms in 10 tries)");
});

test("a room shows its revision and messages", () => {
  const { socket, delivery } = line();
  socket.become("open");
  const messages = [{ number: 3 }, { number: 4 }];
  const posts = [{ state: "pending" }, { state: "failed" }];
  const timeline = { revision: 9, lastNumber: 4, messages, posts };
  const facts = said(delivery, { room: { slug: "lounge" }, timeline, gaps: 1 });
  assert.equal(facts.Revision, "9");
  assert.equal(facts["Messages on this page"], "2 (3 to 4)");
  assert.equal(facts["Waiting to be sent"], "1");
  assert.equal(facts["Gaps found and filled"], "1 time");
});
