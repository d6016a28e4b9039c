import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { rendered } from "../../static/js/markup/rendered.js";
import { shown } from "./rendering.js";

const table = JSON.parse(readFileSync("tests/tables/markup.json", "utf8"));

test("a text of the common forms is rendered as the server renders it", () => {
  for (const [typed, html] of table.same)
    assert.deepEqual(shown(typed), { html, isExact: true }, typed);
});

test("code in a language is a block with its language, without colours", () => {
  assert.deepEqual(shown("```py\nreturn 1\n```"), {
    html: '<pre class="code"><span class="code-language">py</span><code>return 1</code></pre>',
    isExact: false,
  });
});

test("what only the server knows is left to it", () => {
  for (const typed of table.left) assert.equal(shown(typed), null, typed);
});

test("short codes are left to the server until the table of emoji is there", () => {
  assert.equal(
    rendered(":tada:", () => undefined),
    null,
  );
});

test("a long or heavy text is left to the server", () => {
  for (const typed of ["x ".repeat(3000), "*a* ".repeat(400), "a\n".repeat(400), "[".repeat(99)])
    assert.equal(shown(typed), null);
});
