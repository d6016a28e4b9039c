import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Moderation } from "../../static/js/people/moderation.js";

const tom = { id: 7, username: "tom", name: "Tom", avatar: null };
let now;
let asked;
let answer;
let moderation;
beforeEach(() => {
  now = Date.parse("2026-11-23T12:00:00Z");
  asked = [];
  answer = async () => ({});
  const ask = (command) => {
    asked.push(command);
    return answer(command);
  };
  moderation = new Moderation(ask, () => now);
});

test("a mute is known at once where it was made, and ends by itself", async () => {
  let changes = 0;
  moderation.on("change", () => {
    changes += 1;
  });
  await moderation.mute(tom, { seconds: 300, reason: "Adverts" });
  const command = { type: "member.mute", user: "tom", seconds: 300, reason: "Adverts" };
  assert.deepEqual([asked, changes], [[command], 1]);
  assert.deepEqual(moderation.muteOf(7), { until: "2026-11-23T12:05:00.000Z", reason: "Adverts" });
  now += 300_000;
  assert.equal(moderation.muteOf(7), undefined);
  await moderation.mute(tom, { seconds: null, reason: "" });
  now += 365 * 86_400_000;
  assert.equal(moderation.muteOf(7).until, null, "for good");
  await moderation.unmute(tom);
  assert.equal(moderation.muteOf(7), undefined);
});

test("a refused action doesn't count as done", async () => {
  answer = () => Promise.reject({ code: "forbidden" });
  await assert.rejects(moderation.mute(tom, { seconds: 300, reason: "" }), { code: "forbidden" });
  assert.equal(moderation.muteOf(7), undefined);
  moderation.learn({ 7: { until: null, reason: "" } });
  await assert.rejects(moderation.unmute(tom), { code: "forbidden" });
  assert.notEqual(moderation.muteOf(7), undefined);
});

test("a removal is undone by its own number", async () => {
  answer = async () => ({ removal: { id: 31, count: 4, finished: true } });
  const { count, undo } = await moderation.remove(tom, { scope: "hour", reason: "" });
  await undo();
  assert.equal(count, 4);
  assert.deepEqual(asked.at(-1), { type: "removal.undo", removal: 31 });
});

test("reloading the list drops a mute that someone else lifted", () => {
  moderation.learn({ 7: { until: null, reason: "" }, 8: { until: null, reason: "" } });
  moderation.learn({ 9: { until: null, reason: "" } }, [7, 9]);
  assert.deepEqual(
    [7, 8, 9].map((id) => moderation.muteOf(id) !== undefined),
    [false, true, true],
  );
});
