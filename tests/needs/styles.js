import { isKnown, keysNamed } from "./bar.js";

/** @typedef {{key: string, line: number}} Need */

const STRINGS = /\/\*.*?\*\/|"[^"\n]*"|'[^'\n]*'/gs;
const FUNCTION = /(?<![\w-])([a-z][\w-]*)\(/g;
const WORD = /(?<![\w$.#-])-?[a-z][\w-]*(?![\w(-])/g;

/**
 * What a style sheet needs: its properties and their values, functions, selectors and at-rules.
 * `@supports` is a feature test of its own.
 *
 * @param {string} text
 * @returns {Need[]}
 */
export function needsOfSheet(text) {
  /** @type {Need[]} */
  const needs = [];
  const plain = text.replace(STRINGS, (found) => found.replace(/[^\n]/g, " "));
  /** @type {string[]} what is open: at-rules by their names, rules as "" */
  const open = [];
  let line = 1;
  for (const [piece, words, end] of plain.matchAll(/([^{};]*)([{};]|$)/g)) {
    const begins = line + (words.match(/^\s*/)?.[0].split("\n").length ?? 1) - 1;
    const add = (/** @type {string[]} */ keys) =>
      needs.push(...keys.map((key) => ({ key, line: begins })));
    const isAsked = open.includes("supports");
    const said = words.trim();
    if (said && !isAsked) {
      if (said.startsWith("@")) add(ofAtRule(said));
      else if (end !== "{") add(ofDeclaration(said));
      else if (!open.includes("keyframes")) add(ofSelector(said, open.includes("")));
    }
    if (end === "{") open.push(/^@(?:-webkit-)?([\w-]+)/.exec(said)?.[1] ?? "");
    if (end === "}") open.pop();
    line += piece.split("\n").length - 1;
  }
  return needs;
}

/** @param {string} said */
function ofAtRule(said) {
  const [, name, prelude] = /^@([\w-]+)\s*(.*)$/s.exec(said) ?? [];
  const keys = [`css.at-rules.${name}`];
  if (name === "media") {
    for (const [feature] of prelude.matchAll(/[a-z][\w-]+/g))
      keys.push(`css.at-rules.media.${feature}`);
    if (/[<>]/.test(prelude)) keys.push("css.at-rules.media.range_syntax");
  }
  return keys.filter(isKnown);
}

/** @param {string} said */
function ofDeclaration(said) {
  const [, property, value] = /^([\w-]+)\s*:(.*)$/s.exec(said) ?? [];
  if (!property || property.startsWith("--")) return value ? functionsIn(value) : [];
  const base = `css.properties.${property}`;
  const words = [...value.matchAll(WORD)].map(([word]) => `${base}.${word}`);
  return [...[base, ...words].filter(isKnown), ...functionsIn(value)];
}

/** A function counts as the newest of its name that any browser has. @param {string} value */
function functionsIn(value) {
  return [...value.matchAll(FUNCTION)].flatMap(([, name]) => keysNamed(name, /^css\.types\./));
}

/** @param {string} said @param {boolean} [nested] in another rule */
export function ofSelector(said, nested = false) {
  const named = [...said.matchAll(/::?([a-z][\w-]*)/g)].map(([, name]) => `css.selectors.${name}`);
  return [...(nested ? ["css.selectors.nesting"] : []), ...named].filter(isKnown);
}
