// Reports where a script, a style sheet or a template needs more than the oldest supported browsers
// (`browserslist` in package.json). `make check` runs it.

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { isSpared, lacking } from "./bar.js";
import { needsOfPage } from "./pages.js";
import { needsOfScript, propertiesOf } from "./scripts.js";
import { SPARED } from "./spared.js";
import { needsOfSheet } from "./styles.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const OLDEST = "static/js/support.js"; // for browsers older than all of these

/** @param {string} folder @param {string} suffix @returns {[string, string][]} names and texts */
function filesIn(folder, suffix) {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [relative(ROOT, path), readFileSync(path, "utf8")]);
}

const scripts = filesIn("static/js", ".js");
const modules = scripts.filter(([name]) => name !== OLDEST);
const ours = new Set(modules.flatMap(([, text]) => [...propertiesOf(text)]));
const found = [
  ...modules.map(([name, text]) => [name, needsOfScript(text, { ours })]),
  ...scripts
    .filter(([name]) => name === OLDEST)
    .map(([name, text]) => [name, needsOfScript(text, { syntax: 5 })]),
  ...filesIn("static/css", ".css").map(([name, text]) => [name, needsOfSheet(text)]),
  ...filesIn("templates", ".html").map(([name, text]) => [name, needsOfPage(text)]),
];

const used = new Set();
let count = 0;
for (const [name, needs] of found) {
  for (const { key, line } of needs) {
    const without = lacking(key);
    if (without.length === 0) continue;
    used.add(key);
    if (isSpared(key, SPARED)) continue;
    count += 1;
    console.error(`${name}:${line}: ${key} needs ${without.join(", ")}`);
  }
}
for (const key of Object.keys(SPARED)) {
  if ([...used].some((one) => isSpared(one, { [key]: "" }))) continue;
  count += 1;
  console.error(`tests/needs/spared.js: nothing uses ${key}, or every browser has it now`);
}
if (count > 0) process.exitCode = 1;
else console.log(`${found.length} files need no newer browsers than package.json names`);
