import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Errand } from "../../static/js/errand.js";
import { settled } from "./clock.js";

let log;
let asked;
let errand;

beforeEach(() => {
  log = [];
  asked = [];
  const close = () => {
    log.push("closed");
    errand.end();
  };
  errand = new Errand({ close, say: (words) => log.push(`said: ${words}`) });
  errand.begin();
});

const ask = () => new Promise((resolve, reject) => asked.push({ resolve, reject }));

const send = (name) =>
  errand.send(ask, {
    done: (answer) => log.push(`${name}: ${answer}`),
    failed: (words) => log.push(`${name} failed: ${words}`),
  });

test("a second click while the first is on its way asks for nothing", async () => {
  send("bob");
  send("bob");
  assert.equal(asked.length, 1);
  asked[0].resolve("done");
  await settled();
  assert.deepEqual(log, ["closed", "bob: done"]);
});

test("what was refused can be asked for again, and the dialog stays", async () => {
  send("bob");
  asked[0].reject({ detail: "Not just now." });
  await settled();
  assert.deepEqual(log, ["bob failed: Not just now."]);
  send("bob");
  assert.equal(asked.length, 2);
});

test("a late answer leaves the dialog open that is about somebody else by now", async () => {
  send("bob");
  errand.end();
  errand.begin();
  send("carol");
  assert.equal(asked.length, 2);
  asked[0].resolve("done");
  await settled();
  assert.deepEqual(log, ["bob: done"]);
  send("carol");
  assert.equal(asked.length, 2, "hers is still on its way");
});

test("who has closed the dialog is told all the same that it failed", async () => {
  send("bob");
  errand.end();
  asked[0].reject({ detail: "Not just now." });
  await settled();
  assert.deepEqual(log, ["said: Not just now."]);
});
