import assert from "node:assert/strict";
import { test } from "node:test";
import { formatOf } from "../../static/js/composer/formatting.js";
import { letterOf } from "../../static/js/lib/keyboard.js";
import { actionOf, capsOf, KEYS } from "../../static/js/navigation/keys.js";

const nothing = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
const press = (key, rest = {}, where = {}) =>
  actionOf(
    { key, isComposing: false, ...nothing, ...rest },
    { mac: false, typing: false, ...where },
  );

test("shortcuts do what the list says", () => {
  assert.equal(press("k", { ctrlKey: true }), "switcher");
  assert.equal(press("ArrowUp", { altKey: true }), "previous");
  assert.equal(press("ArrowDown", { altKey: true, shiftKey: true }), "next-unread");
  assert.equal(press("?", { shiftKey: true }), "sheet");
  assert.equal(press("Escape", { shiftKey: true }, { typing: true }), "read-all");
});

test("with one key more or less they do nothing", () => {
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

test("while typing, a question mark is text, and navigation still works", () => {
  assert.equal(press("?", { shiftKey: true }, { typing: true }), undefined);
  assert.equal(press("k", { ctrlKey: true }, { typing: true }), "switcher");
  assert.equal(press("k", { ctrlKey: true, isComposing: true }), undefined);
});

test("other alphabets have the same shortcuts", () => {
  assert.equal(press("ל", { ctrlKey: true, code: "KeyK" }), "switcher");
  assert.equal(press("л", { metaKey: true, code: "KeyK" }, { mac: true }), "switcher");
  const hebrew = { ...nothing, isComposing: false, ctrlKey: true, key: "נ", code: "KeyB" };
  assert.equal(formatOf(hebrew, { mac: false }), "bold");
  assert.equal(letterOf({ key: "ו", code: "KeyU" }), "u");
});

test("a Latin letter is itself, wherever its key is", () => {
  assert.equal(letterOf({ key: "Z", code: "KeyY" }), "z"); // a German keyboard
  assert.equal(letterOf({ key: "ę", code: "KeyE" }), "ę");
  assert.equal(letterOf({ key: "ף", code: "Semicolon" }), "ף");
  assert.equal(letterOf({ key: "Escape", code: "Escape" }), "Escape");
});

test("no two shortcuts do the same, and none does two things", () => {
  const acting = KEYS.flatMap(({ keys }) => keys).filter(({ does }) => does);
  assert.equal(new Set(acting.map(({ keys }) => keys)).size, acting.length);
  assert.equal(new Set(acting.map(({ does }) => does)).size, acting.length);
});
