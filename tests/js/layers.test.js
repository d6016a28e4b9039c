import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../static/js/", import.meta.url));
// From the bottom up; folders in one layer don't know each other. Entries are at the top; any layer may
// import `protocol.js`.
const LAYERS = [
  ["lib"],
  ["connection"],
  ["emoji", "media"],
  ["markup"],
  ["reading"],
  ["people", "navigation", "notifications"],
  ["composer"],
  ["timeline", "inbox"],
  ["search"],
  ["room"],
  ["."],
];
const GENERATED = "protocol.js";
const IMPORT = /(?:^(?:import|export)[^;]*?from |\bimport\()"(\.[^"]+)"/gm; // at once and later

/** @param {string} folder */
const rankOf = (folder) => LAYERS.findIndex((layer) => layer.includes(folder));

const files = readdirSync(ROOT, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".js") && !name.startsWith("vendor"))
  .map((name) => name.replaceAll("\\", "/"));

test("each folder has a layer", () => {
  assert.ok(files.length > 100);
  for (const file of files) assert.notEqual(rankOf(dirname(file)), -1, file);
});

test("no folder imports one above or beside it", () => {
  for (const file of files) {
    const source = readFileSync(join(ROOT, file), "utf8");
    for (const [, path] of source.matchAll(IMPORT)) {
      const target = relative(ROOT, join(ROOT, dirname(file), path));
      const [from, to] = [dirname(file), dirname(target)];
      const isBelow = from === to || rankOf(to) < rankOf(from) || target === GENERATED;
      assert.ok(isBelow, `${file} imports ${target}`);
    }
  }
});
