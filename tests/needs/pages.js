import { isKnown } from "./bar.js";

/** @typedef {import('./styles.js').Need} Need */

const TEMPLATE = /\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}/gs;
const TAG = /<([a-z][\w-]*)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*\/?>/g;

/**
 * What a template needs: its elements, their attributes and attribute values.
 *
 * @param {string} text
 * @returns {Need[]}
 */
export function needsOfPage(text) {
  /** @type {Need[]} */
  const needs = [];
  const plain = text.replace(TEMPLATE, (found) => found.replace(/[^\n]/g, " "));
  for (const { 1: tag, 2: said, index } of plain.matchAll(TAG)) {
    const line = plain.slice(0, index).split("\n").length;
    const keys = [`html.elements.${tag}`];
    for (const [, name, value = ""] of said.matchAll(/([\w-]+)(?:="([^"]*)")?/g)) {
      for (const base of [`html.elements.${tag}.${name}`, `html.global_attributes.${name}`])
        keys.push(base, `${base}.${value}`);
    }
    needs.push(...keys.filter(isKnown).map((key) => ({ key, line })));
  }
  return needs;
}
