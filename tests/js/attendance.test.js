import assert from "node:assert/strict";
import { test } from "node:test";
import { endOf } from "../../static/js/lib/time.js";
import { Attendance } from "../../static/js/people/attendance.js";
import { settled, TestClock } from "./clock.js";

/** @param {number} id @param {object} [how] */
const one = (id, how) => ({ id, presence: "online", status: null, quiet: { until: null }, ...how });

function page() {
  const clock = new TestClock();
  const asked = [];
  const ask = async ({ ids }) => {
    asked.push(ids);
    return { people: ids.map((id) => one(id)) };
  };
  const timeOf = (iso) => Number(iso);
  const attendance = new Attendance({ ask, timeOf, clock });
  let changes = 0;
  attendance.on("change", () => {
    changes += 1;
  });
  return { clock, asked, attendance, changes: () => changes };
}

test("the people of all parts of the page are asked for together, and each once", async () => {
  const { clock, asked, attendance } = page();
  attendance.show("list", [1, 2]);
  attendance.show("card", [2, 3]);
  assert.equal(attendance.of(1).presence, null);
  await clock.pass(1);
  assert.deepEqual(asked, [[1, 2, 3]]);
  assert.equal(attendance.of(3).presence, "online");
  attendance.show("card", [2]);
  await clock.pass(1);
  assert.equal(asked.length, 1, "nobody new");
  attendance.show("card", [4]);
  await clock.pass(1);
  assert.deepEqual(asked[1], [1, 2, 4]);
});

test("a new connection asks again, and at most five hundred are asked for", async () => {
  const { clock, asked, attendance } = page();
  attendance.show("list", [...Array(600).keys()]);
  await clock.pass(1);
  attendance.open();
  await clock.pass(1);
  assert.deepEqual(
    asked.map((ids) => ids.length),
    [500, 500],
  );
});

test("of people beyond those who are watched nothing is known, also if it was", async () => {
  const { clock, attendance } = page();
  attendance.show("members", [1, 2, 3]);
  await clock.pass(1);
  assert.equal(attendance.isFull, false);
  attendance.show("members", [...Array(600).keys()].reverse());
  await clock.pass(1);
  assert.equal(attendance.isFull, true);
  assert.equal(attendance.of(599).presence, "online");
  assert.equal(attendance.of(1).presence, null);
});

test("a status and a quiet end at their time without being told", async () => {
  const { clock, attendance, changes } = page();
  const at = (seconds) => String(clock.now() + seconds * 1000);
  const status = { emoji: "🌴", text: "away", until: at(60) };
  attendance.learn({ people: [one(1, { status, quiet: { until: at(120) } })] });
  assert.equal(attendance.of(1).status, status);
  const before = changes();
  await clock.pass(61);
  assert.equal(attendance.of(1).status, null);
  assert.ok(attendance.of(1).quiet);
  assert.ok(changes() > before, "whoever draws it is told");
  await clock.pass(60);
  assert.equal(attendance.of(1).quiet, null);
});

test("what a busy server refuses is asked for again, what an old one refuses isn't", async () => {
  const clock = new TestClock();
  let asked = 0;
  let code = "rate_limited";
  const ask = async () => {
    asked += 1;
    throw { code };
  };
  const attendance = new Attendance({ ask, timeOf: Date.parse, clock });
  attendance.show("list", [1]);
  await clock.pass(1);
  await clock.pass(6);
  assert.equal(asked, 2);
  code = "unknown_type";
  await clock.pass(60);
  assert.equal(asked, 3);
  await settled();
});

test("today, this week and tomorrow end in the reader's own zone", () => {
  const monday = new Date(2026, 10, 30, 15, 30);
  assert.equal(endOf("", monday), null);
  assert.equal(endOf("30", monday), new Date(2026, 10, 30, 16, 0).toISOString());
  assert.equal(endOf("today", monday), new Date(2026, 11, 1).toISOString());
  assert.equal(endOf("week", monday), new Date(2026, 11, 7).toISOString());
  assert.equal(endOf("week", new Date(2026, 10, 29)), new Date(2026, 10, 30).toISOString());
  assert.equal(endOf("tomorrow", monday), new Date(2026, 11, 1, 8).toISOString());
});
