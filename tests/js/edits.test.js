import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Drafts } from "../../static/js/composer/drafts.js";
import { UnloadStore } from "../../static/js/composer/unload-store.js";
import { Edits } from "../../static/js/timeline/edits.js";
import { settled, TestClock, TestStorage } from "./clock.js";
import { Browser, TestStore } from "./tabs.js";

let store;
let browser;
let storage;

beforeEach(() => {
  store = new TestStore();
  browser = new Browser();
  storage = new TestStorage();
});

/** The drafts of a page that was just loaded, and the edits of its room. */
async function open(room = "general") {
  const unloadStore = new UnloadStore({ user: 1, storage });
  unloadStore.moveInto(store);
  const world = { user: 1, store, tabs: browser.tab(), unloadStore, clock: new TestClock() };
  const drafts = new Drafts(world);
  const edits = new Edits(drafts, room);
  const told = [];
  edits.on("change", (number) => told.push(number));
  await drafts.ready;
  return { drafts, edits, told };
}

test("an unsaved edit survives a reload, and isn't the room's draft", async () => {
  const { drafts, edits } = await open();
  edits.write(7, "better");
  drafts.save();
  const again = await open();
  assert.equal(again.edits.read(7), "better");
  assert.equal(again.edits.has(8), false);
  assert.equal(again.edits.first, 7);
  assert.equal(again.drafts.has("general"), false);
  assert.equal(again.drafts.waitsIn("general"), true);
  assert.equal(again.drafts.waitsIn("gen"), false);
  assert.deepEqual(again.told, [7], "the mark is drawn once the storage has answered");
});

test("an unsaved edit survives a page that closes before its database has finished", async () => {
  const { drafts, edits } = await open();
  edits.write(7, "better");
  store.broken = true;
  drafts.leave();
  await settled();
  store.broken = false;
  assert.equal((await open()).edits.read(7), "better");
});

test("a saved or discarded edit is gone everywhere", async () => {
  const { drafts, edits, told } = await open();
  const other = await open();
  edits.write(7, "b");
  edits.write(7, "better");
  drafts.save();
  assert.equal(other.edits.read(7), "better");
  edits.drop(7);
  drafts.save();
  assert.deepEqual(told, [7, 7], "not with every key");
  assert.equal(other.edits.has(7), false);
  assert.equal((await open()).edits.has(7), false);
});

test("edits are separate for each room", async () => {
  const { drafts, edits } = await open("general");
  edits.write(7, "better");
  drafts.save();
  assert.equal((await open("random")).edits.has(7), false);
});
