import assert from "node:assert/strict";
import { test } from "node:test";
import { drawBadge } from "../../static/js/reading/badge.js";

const quiet = { kind: "public", unread: 0, mentions: 0 };
const busy = { kind: "public", unread: 7, mentions: 0 };
const named = { kind: "public", unread: 4, mentions: 1 };
const direct = { kind: "direct", unread: 2, mentions: 0 };

/** What the icon and the app show. @param {object[]} rooms */
function drawn(...rooms) {
  const icon = {
    dataset: { none: "none.svg", unread: "unread.svg", personal: "personal.svg" },
    getAttribute: () => "",
    href: "",
  };
  /** @type {any} */
  let badge = null;
  const app = {
    setAppBadge: async (/** @type {number} */ count) => {
      badge = count ?? "dot";
    },
    clearAppBadge: async () => {
      badge = "";
    },
  };
  const total = rooms.reduce((sum, { unread }) => sum + unread, 0);
  drawBadge({ rooms: new Map(rooms.entries()), total }, { icon, app });
  return [icon.href, badge];
}

test("a dot means something is unread; red with a number means it is for me", () => {
  assert.deepEqual(drawn(quiet), ["none.svg", ""]);
  assert.deepEqual(drawn(quiet, busy), ["unread.svg", "dot"]);
  assert.deepEqual(drawn(busy, named), ["personal.svg", 1]);
  assert.deepEqual(drawn(busy, named, direct), ["personal.svg", 3]);
});

test("a mention no longer counts once its room is read", () => {
  assert.deepEqual(drawn({ ...named, unread: 0 }), ["none.svg", ""]);
});

test("what is in the inbox counts, and a muted room only with its mentions", () => {
  const icon = {
    dataset: { personal: "p", unread: "u", none: "n" },
    getAttribute: () => "",
    href: "",
  };
  const draw = (/** @type {any} */ rooms, /** @type {object} */ more) =>
    drawBadge({ rooms: new Map(rooms.entries()), ...more }, { icon, app: {} });
  draw([busy], { total: 7, inbox: 1 });
  assert.equal(icon.href, "p");
  const muted = { ...busy, notify: { level: "nothing", until: null } };
  draw([muted], { total: 0 });
  assert.equal(icon.href, "n");
});

test("browsers without badges, or that refuse them, only get the icon", async () => {
  const rooms = new Map([["busy", busy]]);
  const icon = { dataset: { unread: "unread.svg" }, getAttribute: () => "", href: "" };
  drawBadge({ rooms, total: 7 }, { icon, app: {} });
  assert.equal(icon.href, "unread.svg");
  const refused = { setAppBadge: () => Promise.reject(new Error("not installed")) };
  drawBadge({ rooms, total: 7 }, { icon: null, app: refused });
  await new Promise(setImmediate); // an unhandled rejection would end the run
});
