import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  escaped,
  formatOf,
  formatted,
  linked,
  makesLink,
} from "../../static/js/composer/formatting.js";
import { continued, isQuoteOrItem } from "../../static/js/composer/lists.js";

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

test("lines become a quote or a list, and are none again", () => {
  const on = { quote: "«> a\n> b»", list: "«- a\n- b»", numbers: "«1. a\n2. b»" };
  for (const [how, result] of Object.entries(on)) {
    assert.equal(format("x\n«a\nb»\ny", how), `x\n${result}\ny`);
    assert.equal(format(`x\n${result}\ny`, how), "x\n«a\nb»\ny");
    assert.equal(format("|", how), `${result.slice(1).split("a")[0]}|`);
  }
  assert.equal(format("one «two» three", "quote"), "> one two three|");
});

test("a block of code gets lines of its own", () => {
  assert.equal(format("|", "fence"), "```\n|\n```");
  assert.equal(format("a «b» c", "fence"), "a \n```\n«b»\n```\n c");
});

test("without a selection the caret goes between the marks, or past them", () => {
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

test("the caret goes to the missing part of a link", () => {
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

test("a list continues, and counts", () => {
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

test("other lines break as usual", () => {
  for (const text of ["a|", "|- a", "-a|", "2020 was|", "«- a»", "```\n- a|", "**a**|"])
    assert.equal(next(text), null, text);
});

const tableOf = (name) => JSON.parse(readFileSync(`tests/tables/${name}.json`, "utf8"));

test("lines that the server doesn't treat as a quote or an item don't continue", () => {
  for (const [line, isBlock] of tableOf("quotes").lines)
    assert.equal(isQuoteOrItem(line), isBlock, line);
  assert.equal(next(">_<|"), null);
  assert.equal(next("2026. A good year|"), null);
});

test("a name in a link is shown as it is", () => {
  for (const [name, label] of tableOf("labels").texts) assert.equal(escaped(name), label);
});

test("an address with a lone parenthesis, and words with a lone bracket, are one link", () => {
  const link = (text, address) => applied(text, linked(selection(text), address));
  assert.equal(link("«this»", "https://a.example/x)"), "[this](https://a.example/x%29)|");
  assert.equal(link("«this»", "https://a.example/(x"), "[this](https://a.example/%28x)|");
  assert.equal(link("«this»", "https://a.example/x_(y)"), "[this](https://a.example/x_(y))|");
  assert.equal(link("«this»", "https://a.example/a\\b"), "[this](https://a.example/a%5Cb)|");
  assert.equal(link("«a] b»", "https://a.example/"), "[a\\] b](https://a.example/)|");
  assert.equal(link("«[a]»", "https://a.example/"), "[[a]](https://a.example/)|");
});

test("an address that would be longer than a link may be is pasted as it is", () => {
  const pasted = `https://a.example/${"x".repeat(800)}`;
  assert.equal(makesLink(selection("«this»"), pasted), false);
  assert.equal(makesLink(selection("«this»"), pasted.slice(0, 700)), true);
});

test("in scripts without spaces, italics use a star", () => {
  assert.equal(format("重«点»看", "italic"), "重*«点»*看");
  assert.equal(format("重*«点»*看", "italic"), "重«点»看");
  assert.equal(format("重«*点*»看", "italic"), "重«点»看");
  assert.equal(format("重 «点» 看", "italic"), "重 _«点»_ 看");
});
