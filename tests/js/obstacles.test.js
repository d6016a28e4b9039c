import assert from "node:assert/strict";
import { test } from "node:test";
import { formatCountdown, formatDuration } from "../../static/js/lib/time.js";
import { obstacleOf, pausedAfter } from "../../static/js/people/obstacles.js";
import { SiteStanding } from "../../static/js/people/site-standing.js";
import { Standing } from "../../static/js/people/standing.js";
import { TestClock } from "./clock.js";

const now = Date.parse("2026-11-23T12:00:00Z");
const at = (seconds) => new Date(now + seconds * 1000).toISOString();
const room = { slug: "general", role: "member", archived: false, slow_mode: 0, muted: null };
const kindOf = (facts, siteStanding = new SiteStanding()) =>
  obstacleOf({ ...room, ...facts }, { siteStanding, now })?.kind ?? null;

test("a member can write, and each obstacle has its own kind", () => {
  assert.equal(kindOf({}), null);
  assert.equal(kindOf({ role: null }), "outside");
  assert.equal(kindOf({ archived: true }), "archived");
  assert.equal(kindOf({ muted: { until: null, reason: "" } }), "muted");
  assert.equal(kindOf({ announcement: true }), "announcement");
  assert.equal(kindOf({ slow_mode: 30, next_post_at: at(9) }), "slow");
});

test("moderators skip slow mode and can announce, but a mute or an archived room stops them too", () => {
  const staff = new SiteStanding({ staff: true });
  const slow = { announcement: true, slow_mode: 30, next_post_at: at(9) };
  for (const role of ["owner", "moderator"]) assert.equal(kindOf({ ...slow, role }), null);
  assert.equal(kindOf(slow, staff), null);
  assert.equal(kindOf({ archived: true }, staff), "archived");
  assert.equal(kindOf({ muted: { until: null, reason: "" } }, staff), "muted");
});

test("of two mutes the longer one is shown, and an indefinite one wins", () => {
  const told = (here, everywhere) =>
    obstacleOf(
      { ...room, muted: here },
      { siteStanding: new SiteStanding({ muted: everywhere }), now },
    );
  const mute = (seconds) => ({ until: seconds && at(seconds), reason: `${seconds}` });
  assert.equal(told(mute(60), mute(30)).reason, "60");
  assert.deepEqual(told(mute(30), mute(60)), {
    kind: "muted",
    until: now + 60_000,
    reason: "60",
    everywhere: true,
  });
  assert.equal(told(mute(null), mute(60)).until, null);
  assert.equal(told(mute(60), mute(null)).until, null);
  assert.equal(told(mute(-1), mute(-5)), null, "both are over");
});

test("a mute ends by the server's clock, whatever this device's clock shows", () => {
  const siteStanding = new SiteStanding();
  siteStanding.learn({ server_time: at(3600) }, now);
  const muted = { until: at(3600 + 5), reason: "" };
  assert.equal(obstacleOf({ ...room, muted }, { siteStanding, now }).until, now + 5000);
  assert.equal(obstacleOf({ ...room, muted }, { siteStanding, now: now + 5001 }), null);
});

test("slow mode counts from my own message", () => {
  assert.equal(pausedAfter({ slow_mode: 30 }, at(0)), at(30));
  assert.equal(pausedAfter({ slow_mode: 0 }, at(0)), null);
});

test("a countdown shows seconds, or days if it takes days", () => {
  assert.deepEqual([-3, 0, 8200, 61_000, 3_605_000, 86_400_000].map(formatCountdown), [
    "0:00",
    "0:00",
    "0:09",
    "1:01",
    "1:00:05",
    "24:00:00",
  ]);
  assert.equal(formatCountdown(7 * 86_400_000 - 5), "7 days");
  assert.deepEqual([1, 30, 300, 21_600].map(formatDuration), [
    "1 second",
    "30 seconds",
    "5 minutes",
    "6 hours",
  ]);
});

test("posts are dated by the server's clock, however wrong this device's is", () => {
  const siteStanding = new SiteStanding();
  siteStanding.learn({ server_time: at(0) }, now + 26 * 3_600_000);
  assert.equal(siteStanding.serverTime(now + 26 * 3_600_000 + 5000), now + 5000);
});

test("the composer shows the field, the button to join, or the reason", () => {
  const modeOf = (facts) => {
    const world = { me: { id: 1 }, siteStanding: new SiteStanding(), clock: new TestClock() };
    return new Standing({ ...room, ...facts }, world).mode;
  };
  assert.equal(modeOf({}), "write");
  assert.equal(modeOf({ role: null }), "join");
  assert.equal(modeOf({ slow_mode: 30, next_post_at: "2100-01-01T00:00:00Z" }), "write");
  for (const facts of [{ archived: true }, { announcement: true }])
    assert.equal(modeOf(facts), "closed");
  assert.equal(modeOf({ muted: { until: null, reason: "" } }), "closed");
});
