import assert from "node:assert/strict";
import { test } from "node:test";
import { Emitter } from "../../static/js/lib/emitter.js";
import { InputWatch, wireInput } from "../../static/js/people/input-watch.js";
import { settled, TestClock } from "./clock.js";

class Page extends EventTarget {
  visibilityState = "visible";

  input(type = "pointermove") {
    this.dispatchEvent(new Event(type));
  }
}

class Socket extends Emitter {
  connection = { state: "closed" };
  said = [];

  async request({ idle, resting }) {
    this.said.push([idle, resting]);
  }

  become(state) {
    this.connection = { state };
    this.emit("change", this.connection);
  }
}

test("a minute without input is a rest, ten are idle, and any input ends both", async () => {
  const clock = new TestClock();
  const page = new Page();
  const watch = new InputWatch(/** @type {any} */ (page), clock);
  await clock.pass(59);
  assert.equal(watch.rest, "");
  page.input("keydown");
  await clock.pass(59);
  assert.equal(watch.rest, "");
  await clock.pass(1);
  assert.equal(watch.rest, "resting");
  await clock.pass(539);
  assert.equal(watch.rest, "resting");
  await clock.pass(1);
  assert.equal(watch.rest, "idle");
  for (const type of ["scroll", "touchstart", "wheel", "visibilitychange"]) {
    page.input(type);
    assert.equal(watch.rest, "", type);
    await clock.pass(600);
    assert.equal(watch.rest, "idle");
  }
});

test("a page that begins in the background rests", () => {
  const page = new Page();
  page.visibilityState = "hidden";
  assert.equal(new InputWatch(/** @type {any} */ (page), new TestClock()).rest, "resting");
});

test("the server is told each change once, and by the address of a new connection", async () => {
  const clock = new TestClock();
  const page = new Page();
  const socket = /** @type {any} */ (new Socket());
  wireInput(socket, new InputWatch(/** @type {any} */ (page), clock));
  assert.equal(socket.query(), "");
  socket.become("open");
  page.input();
  await clock.pass(60);
  await clock.pass(540);
  page.input();
  await settled();
  assert.deepEqual(socket.said, [
    [false, true],
    [true, false],
    [false, false],
  ]);
  socket.become("closed");
  await clock.pass(600);
  assert.equal(socket.query(), "?idle");
  socket.become("open");
  assert.equal(socket.said.length, 3, "the address said it");
});
