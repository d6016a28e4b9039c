import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { applyAppearance } from "../../static/js/lib/appearance.js";
import { Appearance } from "../../static/js/navigation/appearance.js";

let asked;
let shown;
let appearance;
beforeEach(() => {
  asked = [];
  shown = [];
  const ask = (command) =>
    new Promise((resolve, reject) => asked.push({ command, resolve, reject }));
  appearance = new Appearance({ scheme: "light", density: "compact", revision: 1 }, ask);
  appearance.on("change", ({ scheme }) => shown.push(scheme));
});

const answer = (at, told) => asked[at].resolve({ appearance: told });

test("a change shows at once, and nothing else of the appearance changes", async () => {
  const done = appearance.set({ scheme: "dark" });
  assert.deepEqual(asked[0].command, { type: "appearance.set", scheme: "dark" });
  assert.deepEqual(appearance.chosen, { scheme: "dark", density: "compact", revision: 1 });
  answer(0, { scheme: "dark", density: "compact", revision: 2 });
  await done;
  assert.deepEqual(appearance.chosen, { scheme: "dark", density: "compact", revision: 2 });
});

test("what is chosen quickly one after the other never jumps back", async () => {
  const changes = ["dark", "system", "light"].map((scheme) => appearance.set({ scheme }));
  answer(0, { scheme: "dark", revision: 2 });
  appearance.learn({ scheme: "dark", revision: 2 });
  answer(1, { scheme: "system", revision: 3 });
  await Promise.all(changes.slice(0, 2));
  answer(2, { scheme: "light", revision: 4 });
  await changes[2];
  assert.deepEqual(shown.slice(0, 3), ["dark", "system", "light"]);
  assert.deepEqual([...new Set(shown.slice(2))], ["light"]);
});

test("a change that is refused is taken back", async () => {
  const change = appearance.set({ scheme: "dark" });
  asked[0].reject({ code: "rate_limited" });
  await assert.rejects(change, { code: "rate_limited" });
  assert.equal(appearance.chosen.scheme, "light");
  assert.deepEqual(shown, ["dark", "light"]);
});

test("another tab's change applies unless it is older", () => {
  appearance.learn({ scheme: "dark", revision: 3 });
  appearance.learn({ scheme: "system", revision: 2 });
  appearance.reset(undefined); // an older server's welcome
  assert.deepEqual(shown, ["dark"]);
  appearance.reset({ scheme: "system", revision: 1 }); // a restored backup
  assert.equal(appearance.chosen.scheme, "system");
});

test("the page has a mark for each choice that isn't the usual one", () => {
  const bars = ["light", "dark"].map((scheme) => ({
    dataset: { for: scheme },
    setAttribute: (_name, value) => bars.push(value),
  }));
  const metas = bars.slice();
  const dataset = { site: "Chat", density: "compact" };
  let told = 0;
  const page = {
    documentElement: { dataset },
    querySelectorAll: () => metas,
    dispatchEvent: () => {
      told += 1;
    },
  };
  applyAppearance({ scheme: "dark", density: "comfortable", hours: "12", text: "large" }, page);
  assert.deepEqual(dataset, { site: "Chat", scheme: "dark", hours: "12", text: "large" });
  assert.deepEqual(bars.slice(2), ["not all", "all"]);
  applyAppearance({ revision: 4 }, page);
  assert.deepEqual(dataset, { site: "Chat" });
  assert.deepEqual(bars.slice(4), [
    "(prefers-color-scheme: light)",
    "(prefers-color-scheme: dark)",
  ]);
  assert.equal(told, 2);
});
