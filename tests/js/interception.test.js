import assert from "node:assert/strict";
import { test } from "node:test";
import { isIntercepted } from "../../static/js/connection/interception.js";

const answering = (body, init) => async () => new Response(body, init);

test("the site itself is recognised by its answer", async () => {
  assert.equal(await isIntercepted(answering("ok\n")), false);
});

test("a page, a redirect and a sign-in challenge come from another server", async () => {
  assert.equal(await isIntercepted(answering("<title>Hotel Wi-Fi</title>")), true);
  assert.equal(await isIntercepted(async () => ({ type: "opaqueredirect", ok: false })), true);
  assert.equal(await isIntercepted(answering("", { status: 511 })), true);
});

test("an outage isn't another server", async () => {
  assert.equal(await isIntercepted(answering("Bad gateway", { status: 502 })), false);
  const refused = async () => {
    throw new TypeError("Failed to fetch");
  };
  assert.equal(await isIntercepted(refused), false);
});
