import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { local } from "../../static/js/lib/storage.js";
import { Desktop } from "../../static/js/notifications/desktop.js";
import { isWanted, ring, want } from "../../static/js/notifications/wishes.js";

const ME = 7;
const ANN = { id: 1, name: "Ann", username: "ann", avatar: null };

/** What the browser shows, by tag. @type {Map<string, any>} */
const shown = new Map();
const registration = {
  /** @param {string} title @param {any} how */
  async showNotification(title, how) {
    shown.set(how.tag, { title, ...how, close: () => shown.delete(how.tag) });
  },
  getNotifications: async () => [...shown.values()],
};

/** Locks that all tabs of a browser share. */
function sharedLocks() {
  /** @type {Set<string>} */ const held = new Set();
  return /** @type {any} */ ({
    /** @param {string} name @param {any} _how @param {(lock: any) => any} run */
    async request(name, _how, run) {
      if (held.has(name)) return run(null);
      held.add(name);
      await run({ name });
    },
  });
}

/** Pauses end in the order of their length, once everything else stands still. */
function pauses() {
  /** @type {{ms: number, end: (value: any) => void}[]} */ const waiting = [];
  return {
    pause: (/** @type {number} */ ms) =>
      new Promise((end) => {
        waiting.push({ ms, end });
      }),
    async pass() {
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        waiting.sort((one, other) => one.ms - other.ms);
        const next = waiting.findIndex(({ ms }) => ms < 5000); // a lock is held longer
        if (next === -1) return;
        waiting.splice(next, 1)[0]?.end(null);
      }
    },
  };
}

let browser = { locks: sharedLocks(), ...pauses() };
beforeEach(() => {
  shown.clear();
  browser = { locks: sharedLocks(), ...pauses() };
  globalThis.Notification = /** @type {any} */ ({ permission: "granted" });
  want(ME, true);
});

/** @param {any} [where] */
function tab({ looksAt = "", seen = 0, read = 0, isInFront = false, kind = "public" } = {}) {
  const room = { name: "Lounge", kind, read_number: read };
  const world = {
    me: { id: ME },
    roomOf: (/** @type {string} */ slug) => (slug === "lounge" ? room : undefined),
    isLooking: (/** @type {string} */ slug) => slug === looksAt,
    hasSeen: (/** @type {string} */ _slug, /** @type {number} */ number) => seen >= number,
    addressOf: (/** @type {string} */ slug, /** @type {number} */ n) => `/rooms/${slug}/${n}/`,
    visit: () => {},
  };
  const worker = async () => registration;
  const desktop = new Desktop(world, { ...browser, worker, isInFront: () => isInFront });
  return { desktop, room };
}

/** @param {number} number @param {any} [more] @returns {any} */
const notification = (number, more = {}) => ({
  type: "notification",
  id: String(number),
  room: "lounge",
  number,
  author: ANN,
  excerpt: "<b>Hi</b>",
  ...more,
});

test("a message that isn't in view is shown, with its tag and its address", async () => {
  const { desktop } = tab();
  desktop.hear(notification(3));
  await browser.pass();
  const [one] = shown.values();
  assert.equal(one.title, "\u2068Ann\u2069 · \u2068Lounge\u2069");
  assert.deepEqual(
    [one.body, one.tag, one.data.navigate, one.silent],
    ["<b>Hi</b>", "lounge/3", "/rooms/lounge/3/", true],
  );
});

test("a direct message has its author as the title", async () => {
  const { desktop } = tab({ kind: "direct" });
  desktop.hear(notification(3));
  await browser.pass();
  assert.equal(shown.get("lounge/3").title, "Ann");
});

test("what somebody wrote whom I ignore now is taken back, an item of the inbox or not", async () => {
  const { desktop } = tab();
  const bob = { id: 2, name: "Bob", username: "bob", avatar: null };
  desktop.hear(notification(3));
  desktop.hear(notification(4, { author: bob, id: null, reason: "message" }));
  await browser.pass();
  const ignored = { muted: [], blocked: [bob.id] };
  await desktop.hear(/** @type {any} */ ({ type: "ignored.changed", ignored }));
  assert.deepEqual([...shown.keys()], ["lounge/3"]);
});

test("of several tabs one shows it", async () => {
  let count = 0;
  const { showNotification } = registration;
  registration.showNotification = async (title, how) => {
    count += 1;
    await showNotification(title, how);
  };
  const tabs = [tab(), tab({ isInFront: true, looksAt: "other" }), tab()];
  for (const { desktop } of tabs) desktop.hear(notification(3));
  await browser.pass();
  registration.showNotification = showNotification;
  assert.equal(count, 1);
});

test("nothing is shown while one of the tabs has it in view", async () => {
  const tabs = [tab(), tab({ isInFront: true, looksAt: "lounge", seen: 3 }), tab()];
  for (const { desktop } of tabs) desktop.hear(notification(3));
  await browser.pass();
  assert.equal(shown.size, 0);
});

test("whoever reads further up is told", async () => {
  const { desktop } = tab({ isInFront: true, looksAt: "lounge", seen: 1 });
  desktop.hear(notification(3));
  await browser.pass();
  assert.equal(shown.size, 1);
});

test("what is read or withdrawn is taken back", async () => {
  const { desktop, room } = tab();
  for (const number of [3, 4, 5, 6]) desktop.hear(notification(number));
  await browser.pass();
  const left = () => [...shown.keys()];
  assert.deepEqual(left(), ["lounge/3", "lounge/4", "lounge/5", "lounge/6"]);
  await desktop.hear(/** @type {any} */ ({ type: "read.changed", room: "lounge", number: 4 }));
  assert.deepEqual(left(), ["lounge/5", "lounge/6"]);
  const withdrawn = { type: "notification.withdrawn", room: "lounge", number: 6, id: "6" };
  await desktop.hear(/** @type {any} */ (withdrawn));
  assert.deepEqual(left(), ["lounge/5"]);
  shown.set("test:abc", { tag: "test:abc", close: () => shown.delete("test:abc") });
  room.read_number = 5;
  await desktop.hear(/** @type {any} */ ({ type: "welcome" }));
  assert.deepEqual(left(), ["test:abc"]);
});

test("what was read or withdrawn before it could be shown isn't shown", async () => {
  const { desktop, room } = tab();
  desktop.hear(notification(3));
  const withdrawn = { type: "notification.withdrawn", id: "3", room: "lounge", number: 3 };
  desktop.hear(/** @type {any} */ (withdrawn));
  desktop.hear(notification(4));
  room.read_number = 4;
  await browser.pass();
  assert.equal(shown.size, 0);
});

test("what was deleted is taken back, also where it is in no inbox", async () => {
  const { desktop } = tab();
  for (const number of [3, 4]) desktop.hear(notification(number, { id: null }));
  const gone = { type: "activity.changed", room: "lounge", gone: [[3, 1]], back: [] };
  desktop.hear(/** @type {any} */ (gone));
  await browser.pass();
  assert.deepEqual([...shown.keys()], ["lounge/4"]);
  const deleted = { type: "message.deleted", room: "lounge", message: { number: 4 } };
  await desktop.hear(/** @type {any} */ (deleted));
  assert.equal(shown.size, 0);
});

test("who is named again by an edit is told again", async () => {
  const { desktop } = tab();
  const withdrawn = { type: "notification.withdrawn", id: "3", room: "lounge", number: 3 };
  desktop.hear(notification(3));
  await desktop.hear(/** @type {any} */ (withdrawn));
  desktop.hear(notification(3, { id: "8" }));
  await browser.pass();
  assert.deepEqual([...shown.keys()], ["lounge/3"]);
});

test("a sound is a choice of its own", async () => {
  let notes = 0;
  const connect = (/** @type {any} */ node) => node;
  const gain = { setValueAtTime() {}, setTargetAtTime() {} };
  Object.assign(globalThis, {
    AudioContext: class {},
    GainNode: class {
      connect = connect;
      gain = gain;
    },
    OscillatorNode: class {
      connect = connect;
      start() {
        notes += 1;
      }
      stop() {}
    },
  });
  const { desktop } = tab();
  desktop.hear(notification(3));
  await browser.pass();
  ring(ME, true);
  desktop.hear(notification(4));
  await browser.pass();
  // The sound is loaded only now.
  for (let turn = 0; notes === 0 && turn < 10_000; turn++)
    await new Promise((resolve) => setImmediate(resolve));
  ring(ME, false);
  assert.equal(notes, 2, "the two of one ring");
});

test("another person in this browser hasn't asked for anything", () => {
  assert.ok(isWanted(ME));
  assert.ok(!isWanted(ME + 1));
  want(ME, false);
  assert.ok(!isWanted(ME));
  assert.equal(local.length, 0);
});
