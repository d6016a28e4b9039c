import assert from "node:assert/strict";
import { test } from "node:test";
import { formatOf, formatted, linked, makesLink } from "../../static/js/formatting.js";
import { continued } from "../../static/js/lists.js";

/** 'a [b] c' has b selected; with '|' nothing is. */
const selection = (text) => {
  const [start, end] = text.includes("|")
    ? [text.indexOf("|"), text.indexOf("|")]
    : [text.indexOf("«"), text.indexOf("»") - 1];
  return { value: text.replace(/[«»|]/g, ""), start, end };
};
const applied = (text, edit) => {
  if (!edit) return null;
  const { value } = selection(text);
  const changed = value.slice(0, edit.start) + edit.text + value.slice(edit.end);
  const { from, to } = edit;
  if (from === to) return `${changed.slice(0, from)}|${changed.slice(from)}`;
  return `${changed.slice(0, from)}«${changed.slice(from, to)}»${changed.slice(to)}`;
};
const format = (text, how) => applied(text, formatted(selection(text), how));
const next = (text) => applied(text, continued(selection(text)));

test("marks are put around the selection, and taken off again", () => {
  const on = { bold: "**«b»**", italic: "_«b»_", code: "`«b»`", strike: "~~«b»~~" };
  for (const [how, result] of Object.entries(on)) {
    assert.equal(format("a «b» c", how), `a ${result} c`);
    assert.equal(format(`a ${result} c`, how), "a «b» c");
  }
  assert.equal(format("a «**b**» c", "bold"), "a «b» c");
});

test("with nothing selected one writes between the marks, or leaves them", () => {
  assert.equal(format("a |", "bold"), "a **|**");
  assert.equal(format("a **|**", "bold"), "a |");
});

test("white space at the ends stays outside, where marks mean something", () => {
  assert.equal(format("a« b »c", "bold"), "a **«b»** c");
});

test("one kind of mark is not taken for another", () => {
  assert.equal(format("**«b»**", "italic"), "**_«b»_**");
  assert.equal(format("«~~b~~»", "bold"), "**«~~b~~»**");
});

test("several lines of code are a block", () => {
  assert.equal(format("«a\nb»", "code"), "```\n«a\nb»\n```");
  assert.equal(format("x «a\nb» y", "code"), "x \n```\n«a\nb»\n```\n y");
});

test("a link waits for what it lacks", () => {
  assert.equal(format("see «this»", "link"), "see [this](|)");
  assert.equal(format("see |", "link"), "see [|]()");
  const edit = linked(selection("see «this» now"), "https://a.example/");
  assert.equal(applied("see «this» now", edit), "see [this](https://a.example/)| now");
});

test("only an address pasted over words makes a link", () => {
  const makes = (text, pasted) => makesLink(selection(text), pasted);
  assert.equal(makes("«this»", "https://a.example/b?c"), true);
  assert.equal(makes("|", "https://a.example/"), false);
  assert.equal(makes("«this»", "https://a.example/ and more"), false);
  assert.equal(makes("«this»", "javascript:alert(1)"), false);
  assert.equal(makes("«https://b.example/»", "https://a.example/"), false);
  assert.equal(makes("«a\nb»", "https://a.example/"), false);
});

test("each key has its format, on a Mac with its own", () => {
  const keys = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
  const pressed = (key, rest, mac = false) =>
    formatOf({ key, isComposing: false, ...keys, ...rest }, { mac });
  assert.equal(pressed("b", { ctrlKey: true }), "bold");
  assert.equal(pressed("X", { ctrlKey: true, shiftKey: true }), "strike");
  assert.equal(pressed("x", { ctrlKey: true }), undefined);
  assert.equal(pressed("b", { ctrlKey: true, altKey: true }), undefined);
  assert.equal(pressed("i", { metaKey: true }, true), "italic");
  assert.equal(pressed("b", { ctrlKey: true }, true), undefined);
  assert.equal(pressed("b", { ctrlKey: true, isComposing: true }), undefined);
});

test("a list goes on, and counts", () => {
  assert.equal(next("- a|"), "- a\n- |");
  assert.equal(next("x\n  * a|\nz"), "x\n  * a\n  * |\nz");
  assert.equal(next("9. a|"), "9. a\n10. |");
  assert.equal(next("1) a |b"), "1) a \n2) |b");
  assert.equal(next("> a|"), "> a\n> |");
});

test("an item with nothing in it ends the list", () => {
  assert.equal(next("- a\n- |"), "- a\n|");
  assert.equal(next("> |"), "|");
});

test("what is no list breaks as ever", () => {
  for (const text of ["a|", "|- a", "-a|", "2020 was|", "«- a»", "```\n- a|", "**a**|"])
    assert.equal(next(text), null, text);
});
