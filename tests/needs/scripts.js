import { parse } from "acorn";
import { isKnown, keysNamed, lacking } from "./bar.js";
import { ofSelector } from "./styles.js";

/** @typedef {import('./styles.js').Need} Need */

const SYNTAX = 2023; // of ECMAScript: every supported browser implements it fully
const BUILT_IN = /^(?:api\.[^.]+|javascript\.builtins(?:\.[^.]+)+)\.[^.]+$/;
const EVENT = /^api\.[^.]+\.[^.]+_event$/;
const SELECTING = new Set(["querySelector", "querySelectorAll", "matches", "closest"]);
/** @type {Record<string, string>} what these names stand for */
const INSTANCES = {
  document: "Document",
  navigator: "Navigator",
  history: "History",
  location: "Location",
  performance: "Performance",
  caches: "CacheStorage",
  window: "Window",
  globalThis: "Window",
};

/**
 * What a script needs. Without types, a property is identified by its name: it is reported if no
 * interface with a property of this name is old enough, and none of our objects has one. `x?.()` is
 * a feature test of its own.
 *
 * @param {string} text
 * @param {object} [how]
 * @param {Set<string>} [how.ours] names of properties that our own scripts declare
 * @param {number} [how.syntax] the edition of ECMAScript
 * @returns {Need[]}
 */
export function needsOfScript(text, { ours = new Set(), syntax = SYNTAX } = {}) {
  const sourceType = syntax > 5 ? "module" : "script";
  const tree = parse(text, { ecmaVersion: syntax, sourceType, locations: true });
  const declared = namesDeclaredIn(tree);
  /** @type {Need[]} */
  const needs = [];
  walk(tree, (node, parent) => {
    for (const key of keysOf(node, parent, { ours, declared }))
      needs.push({ key, line: node.loc.start.line });
  });
  return needs;
}

/** Names of the properties and methods that a script declares. @param {string} text */
export function propertiesOf(text) {
  const names = new Set();
  walk(parse(text, { ecmaVersion: SYNTAX, sourceType: "module" }), (node) => {
    if (/^(?:MethodDefinition|PropertyDefinition|Property)$/.test(node.type) && !node.computed)
      names.add(node.key.name ?? node.key.value);
  });
  return names;
}

/**
 * @param {any} node
 * @param {any} parent
 * @param {{ours: Set<string>, declared: Set<string>}} known
 * @returns {string[]}
 */
function keysOf(node, parent, { ours, declared }) {
  if (node.type === "CallExpression") return ofCall(node);
  if (node.type === "Identifier" && !declared.has(node.name) && isFree(node, parent))
    return [`api.${node.name}`, `javascript.builtins.${node.name}`].filter(isKnown);
  if (node.type !== "MemberExpression" || node.computed || node.property.name === undefined)
    return [];
  const { name } = node.property;
  const asksItself = parent?.type === "CallExpression" && parent.optional;
  if (asksItself || node.property.type === "PrivateIdentifier") return [];
  const style = styleOf(node);
  if (style) return [style].filter(isKnown);
  const of = node.object.name;
  const owners = [`api.${INSTANCES[of] ?? of}.${name}`, `javascript.builtins.${of}.${name}`];
  const exact = [...owners, `${owners[0]}_static`].filter(isKnown);
  if (of && !declared.has(of) && exact.length > 0) return exact;
  if (ours.has(name)) return [];
  const keys = keysNamed(name, BUILT_IN);
  // An interface that is old enough may be the one that is used.
  return keys.some((key) => lacking(key).length === 0) ? [] : keys.slice(0, 1);
}

/** The style property that a script sets or reads. @param {any} node */
function styleOf({ object, property }) {
  if ((object.property ?? object).name !== "style") return null;
  return `css.properties.${property.name.replace(/[A-Z]/g, (/** @type {string} */ letter) => `-${letter.toLowerCase()}`)}`;
}

/** Event names in listeners, and selectors. @param {any} node */
function ofCall({ callee, arguments: [first] }) {
  const name = callee.property?.name ?? callee.name;
  const said = first?.type === "Literal" ? String(first.value) : "";
  if (SELECTING.has(name)) return ofSelector(said);
  if (name !== "addEventListener") return [];
  const keys = keysNamed(said, EVENT);
  return keys.some((key) => lacking(key).length === 0) ? [] : keys.slice(0, 1);
}

/** Whether an identifier is a variable, not a property or a label. @param {any} node @param {any} parent */
function isFree(node, parent) {
  if (parent?.type === "MemberExpression") return parent.object === node;
  if (parent && parent.key === node) return parent.shorthand === true;
  return !/^(?:Import|Export|Label|Break|Continue)/.test(parent?.type ?? "");
}

/** @param {any} tree */
function namesDeclaredIn(tree) {
  const names = new Set();
  walk(tree, (node) => {
    if (node.type === "VariableDeclarator") collect(node.id, names);
    for (const param of node.params ?? []) collect(param, names);
    if (/^(?:Function|Class)/.test(node.type) && node.id) names.add(node.id.name);
    if (/^Import.*Specifier$/.test(node.type)) names.add(node.local.name);
    if (node.type === "CatchClause" && node.param) collect(node.param, names);
  });
  return names;
}

/** @param {any} pattern @param {Set<string>} names */
function collect(pattern, names) {
  walk(pattern, (node, parent) => {
    const isKey = parent?.type === "Property" && parent.key === node && !parent.shorthand;
    if (node.type === "Identifier" && !isKey) names.add(node.name);
  });
}

/** @param {any} node @param {(node: any, parent: any) => void} visit @param {any} [parent] */
function walk(node, visit, parent = null) {
  visit(node, parent);
  for (const [name, value] of Object.entries(node)) {
    if (name === "loc") continue;
    for (const child of Array.isArray(value) ? value : [value])
      if (typeof child?.type === "string") walk(child, visit, node);
  }
}
