import assert from "node:assert/strict";
import { test } from "node:test";
import { formatZoned } from "../../static/js/lib/time.js";

const NOON = Date.parse("2026-11-23T12:00Z");

test("the time somewhere else has its day if it isn't the reader's", () => {
  const here = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  assert.match(formatZoned(NOON, here), /^\d{1,2}:00\b/);
  const far = ["Pacific/Kiritimati", "Pacific/Pago_Pago"].map((zone) => formatZoned(NOON, zone));
  assert.ok(
    far.some((words) => /Mon|Tue/.test(words)),
    far.join(),
  );
});

test("a zone that the browser doesn't know has no time", () => {
  assert.equal(formatZoned(NOON, "Mars/Olympus"), "");
});
