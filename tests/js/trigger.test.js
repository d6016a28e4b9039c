import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { triggerAt } from "../../static/js/composer/trigger.js";
import { isFenceOpen, isInCode } from "../../static/js/lib/code.js";
import { quickest } from "./clock.js";

/** The caret is at '|'. */
const at = (text) => {
  const found = triggerAt(text.replace("|", ""), text.indexOf("|"));
  return found && `${found.sign}${found.query} ${found.start}-${found.end}`;
};

test("a sign at the start of a word triggers completion, with what follows it", () => {
  assert.equal(at("@|"), "@ 0-1");
  assert.equal(at("hello @an|"), "@an 6-9");
  assert.equal(at("(see #gene|)"), "#gene 5-10");
  assert.equal(at("a\n@ñu|"), "@ñu 2-5");
  assert.equal(at(":+1|"), ":+1 0-3");
  assert.equal(at("ok :TaD|"), ":TaD 3-7");
});

test("emoji take two characters, so that a colon stays a colon", () => {
  for (const text of [":|", ":t|", "so: |", "at 10:30|", "re:so|", "http://a|", ":-)|", "a::b|"])
    assert.equal(at(text), null, text);
});

test("inside a word, a sign means something else", () => {
  for (const text of ["ann@exa|", "x#1|", "&#12|", "/#top|", "@@a|", "@an| ", "@a n|", "# head|"])
    assert.equal(at(text.replace("| ", " |")), null, text);
});

test("a word is not completed from its middle", () => {
  assert.equal(at("@an|na"), null);
  assert.equal(at("@an|, hello"), "@an 0-3");
});

test("nothing is completed in code", () => {
  for (const text of ["`@an|", "a `b` `:tad|", "```\n@an|", "```py\nx\n\n#a|", "``a ` @b|"])
    assert.equal(at(text), null, text);
  for (const text of ["`x` @an|", "```\nx\n```\n@an|", "a ` b\n@an|"])
    assert.notEqual(at(text), null, text);
});

test("a fence is open until a matching one closes it", () => {
  const open = ["```", "```py\nx", "a\n```\n", "````\n```\n", "```\n```py"];
  const closed = ["", "``` x ```", "```\nx\n```", "````\n```\n````", "```\nx\n```\n\n"];
  for (const text of open) assert.equal(isFenceOpen(text), true, text);
  for (const text of closed) assert.equal(isFenceOpen(text), false, text);
  assert.equal(isInCode("``` x ``` @", 11), false);
});

test("a text of 8,000 characters is looked at in well under a frame", async () => {
  const line = `${"`a` ".repeat(20)}\n`;
  const text = `${line.repeat(98)}@an`;
  assert.ok((await quickest(() => triggerAt(text, text.length))) < 16);
});

test("a block of code ends where the server ends it", () => {
  const { texts } = JSON.parse(readFileSync("tests/tables/fences.json", "utf8"));
  for (const [text, , open] of texts) assert.equal(isFenceOpen(text), open, text);
});
