import assert from "node:assert/strict";
import { test } from "node:test";
import { formatOf } from "../../static/js/formatting.js";
import { actionOf, capsOf, KEYS } from "../../static/js/keys.js";
import { letterOf } from "../../static/js/lib/letter.js";

const nothing = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
const press = (key, rest = {}, where = {}) =>
  actionOf(
    { key, isComposing: false, ...nothing, ...rest },
    { mac: false, typing: false, ...where },
  );

test("the keys of the list do what it says", () => {
  assert.equal(press("k", { ctrlKey: true }), "switcher");
  assert.equal(press("ArrowUp", { altKey: true }), "previous");
  assert.equal(press("ArrowDown", { altKey: true, shiftKey: true }), "next-unread");
  assert.equal(press("?", { shiftKey: true }), "sheet");
  assert.equal(press("Escape", { shiftKey: true }, { typing: true }), "read-all");
});

test("with a key more or less they do nothing", () => {
  assert.equal(press("k"), undefined);
  assert.equal(press("k", { ctrlKey: true, altKey: true }), undefined);
  assert.equal(press("K", { ctrlKey: true, shiftKey: true }), undefined);
  assert.equal(press("k", { metaKey: true }), undefined);
  assert.equal(press("ArrowUp"), undefined);
});

test("a Mac has its own", () => {
  assert.equal(press("k", { metaKey: true }, { mac: true }), "switcher");
  assert.equal(press("k", { ctrlKey: true }, { mac: true }), undefined);
  assert.deepEqual(capsOf("Mod+K", true), [["⌘", "K"]]);
  assert.deepEqual(capsOf("ArrowUp or ArrowDown", false), [["↑"], ["↓"]]);
});

test("whoever types writes a question mark, and can still go elsewhere", () => {
  assert.equal(press("?", { shiftKey: true }, { typing: true }), undefined);
  assert.equal(press("k", { ctrlKey: true }, { typing: true }), "switcher");
  assert.equal(press("k", { ctrlKey: true, isComposing: true }), undefined);
});

test("who writes in other letters has the same keys", () => {
  assert.equal(press("ל", { ctrlKey: true, code: "KeyK" }), "switcher");
  assert.equal(press("л", { metaKey: true, code: "KeyK" }, { mac: true }), "switcher");
  const hebrew = { ...nothing, isComposing: false, ctrlKey: true, key: "נ", code: "KeyB" };
  assert.equal(formatOf(hebrew, { mac: false }), "bold");
  assert.equal(letterOf({ key: "ו", code: "KeyU" }), "u");
});

test("a letter that is Latin is the one that it says, wherever its key lies", () => {
  assert.equal(letterOf({ key: "Z", code: "KeyY" }), "z"); // a German keyboard
  assert.equal(letterOf({ key: "ę", code: "KeyE" }), "ę");
  assert.equal(letterOf({ key: "ף", code: "Semicolon" }), "ף");
  assert.equal(letterOf({ key: "Escape", code: "Escape" }), "Escape");
});

test("no two keys of the list do the same, and none does two things", () => {
  const acting = KEYS.flatMap(({ keys }) => keys).filter(({ does }) => does);
  assert.equal(new Set(acting.map(({ keys }) => keys)).size, acting.length);
  assert.equal(new Set(acting.map(({ does }) => does)).size, acting.length);
});
