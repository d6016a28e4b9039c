// The lint that checks scripts, styles and templates against the oldest supported browsers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { BAR, lacking } from "../needs/bar.js";
import { needsOfPage } from "../needs/pages.js";
import { needsOfScript, propertiesOf } from "../needs/scripts.js";
import { needsOfSheet } from "../needs/styles.js";

/** @param {{key: string, line: number}[]} needs those that a supported browser lacks */
const missing = (needs) => needs.filter(({ key }) => lacking(key).length > 0);

/** @param {{key: string}[]} needs */
const keys = (needs) => missing(needs).map(({ key }) => key);

describe("what is too new is found", () => {
  for (const [script, key] of [
    ["field.checkVisibility();", "api.Element.checkVisibility"],
    ["customElements.getName(type);", "api.CustomElementRegistry.getName"],
    ["Object.groupBy(rows, day);", "javascript.builtins.Object.groupBy"],
    ["Promise.withResolvers();", "javascript.builtins.Promise.withResolvers"],
    ["AbortSignal.any([one, other]);", "api.AbortSignal.any_static"],
    ["new URLPattern(address);", "api.URLPattern"],
    ['list.addEventListener("scrollend", look);', "api.Document.scrollend_event"],
    ["field.style.fieldSizing = 'content';", "css.properties.field-sizing"],
    ['node.matches(":dir(rtl)");', "css.selectors.dir"],
    ['document.querySelector("p:has-slotted");', "css.selectors.has-slotted"],
  ])
    test(script, () => assert.ok(keys(needsOfScript(script)).includes(key)));

  for (const [sheet, key] of [
    ["a { field-sizing: content }", "css.properties.field-sizing"],
    ["a { color: light-dark(red, blue) }", "css.types.color.light-dark"],
    ["a { --mine: light-dark(red, blue) }", "css.types.color.light-dark"],
    ["a { text-wrap: pretty }", "css.properties.text-wrap.pretty"],
    ["p, a:dir(rtl) { top: 0 }", "css.selectors.dir"],
    ["a { b { top: 0 } }", "css.selectors.nesting"],
    ["@scope (a) { b { top: 0 } }", "css.at-rules.scope"],
    [
      "@media (scripting: none) { @starting-style { a { top: 0 } } }",
      "css.at-rules.starting-style",
    ],
  ])
    test(sheet, () => assert.ok(keys(needsOfSheet(sheet)).includes(key)));

  for (const [page, key] of [
    ['<div popover="hint"></div>', "html.global_attributes.popover.hint"],
    ['<dialog class="{% if a %}b{% endif %}" closedby="any">', "html.elements.dialog.closedby"],
    ['<button type="button" commandfor="a">', "html.elements.button.commandfor"],
  ])
    test(page, () => assert.ok(keys(needsOfPage(page)).includes(key)));

  test("with its line", () => {
    const [{ line }] = missing(
      needsOfSheet("/* a\n b */\na {\n  top: 0;\n  field-sizing: content;\n}"),
    );
    assert.equal(line, 5);
    assert.equal(missing(needsOfScript("\n\nfield.checkVisibility();"))[0].line, 3);
    assert.equal(missing(needsOfPage('{# a\n b #}\n<p popover="hint">'))[0].line, 3);
  });

  test("newer syntax is refused", () => {
    assert.throws(() => needsOfScript("/(?<a>x)|(?<a>y)/;"));
    assert.throws(() => needsOfScript("const quick = 1;", { syntax: 5 }));
  });
});

describe("what asks for itself, or is ours, is left alone", () => {
  for (const script of [
    "field.checkVisibility?.();",
    'const note = "checkVisibility"; // checkVisibility',
    "const { groupBy } = ours; groupBy();",
    "function find(URLPattern) { return URLPattern; }",
    'button.addEventListener("click", look);',
    "rows.findLast(isNew); node.style.minHeight = '1px';",
  ])
    test(script, () => assert.deepEqual(keys(needsOfScript(script)), []));

  test("a method of our own", () => {
    const ours = propertiesOf("class Rows { checkVisibility() {} }");
    assert.deepEqual(keys(needsOfScript("rows.checkVisibility();", { ours })), []);
  });

  test("within @supports", () => {
    const sheet = "@supports (field-sizing: content) { a { field-sizing: content } } a { top: 0 }";
    assert.deepEqual(keys(needsOfSheet(sheet)), []);
    assert.equal(keys(needsOfSheet(`${sheet} b { field-sizing: content }`)).length, 2);
  });
});

describe("the oldest browsers that count", () => {
  test("are those that support.js lets in", () => {
    assert.deepEqual(lacking("api.HTMLElement.showPopover"), []);
    const older = { ...BAR, safari: "16.6", safari_ios: "16.6", firefox: "124", chrome: "113" };
    const turnedAway = lacking("api.HTMLElement.showPopover", { ...older, edge: "113" });
    assert.equal(turnedAway.length, 5);
  });

  test("are those that the README and the page for all others name", () => {
    const named = `Safari ${Number(BAR.safari)} (iOS ${Number(BAR.safari_ios)}), Firefox ${BAR.firefox}, Chrome ${BAR.chrome}, Edge ${BAR.edge}`;
    for (const name of ["README.md", "templates/base.html"])
      assert.ok(
        readFileSync(new URL(`../../${name}`, import.meta.url), "utf8").includes(named),
        name,
      );
  });
});
