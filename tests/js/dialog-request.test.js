import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { DialogRequest } from "../../static/js/people/dialog-request.js";
import { settled } from "./clock.js";

let log;
let asked;
let request;

beforeEach(() => {
  log = [];
  asked = [];
  const close = () => {
    log.push("closed");
    request.end();
  };
  request = new DialogRequest({ close, say: (words) => log.push(`said: ${words}`) });
  request.begin();
});

const ask = () => new Promise((resolve, reject) => asked.push({ resolve, reject }));

const send = (name) =>
  request.send(ask, {
    done: (answer) => log.push(`${name}: ${answer}`),
    failed: (words) => log.push(`${name} failed: ${words}`),
  });

test("a second click while the request is under way sends nothing", async () => {
  send("bob");
  send("bob");
  assert.equal(asked.length, 1);
  asked[0].resolve("done");
  await settled();
  assert.deepEqual(log, ["closed", "bob: done"]);
});

test("a refused request can be sent again, and the dialog stays", async () => {
  send("bob");
  asked[0].reject({ detail: "Not just now." });
  await settled();
  assert.deepEqual(log, ["bob failed: Not just now."]);
  send("bob");
  assert.equal(asked.length, 2);
});

test("a late answer doesn't close a dialog that is about someone else by now", async () => {
  send("bob");
  request.end();
  request.begin();
  send("carol");
  assert.equal(asked.length, 2);
  asked[0].resolve("done");
  await settled();
  assert.deepEqual(log, ["bob: done"]);
  send("carol");
  assert.equal(asked.length, 2, "hers is still under way");
});

test("a failure is reported even after the dialog was closed", async () => {
  send("bob");
  request.end();
  asked[0].reject({ detail: "Not just now." });
  await settled();
  assert.deepEqual(log, ["said: Not just now."]);
});
