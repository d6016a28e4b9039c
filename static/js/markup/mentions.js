import { isWord } from "./emphasis.js";
import { branch } from "./tree.js";
import { giveUp } from "./unclear.js";

/** @typedef {import('./tree.js').Leaf} Leaf */
/** @typedef {import('./tree.js').Branch} Branch */

/**
 * Who has a username in the room, or whether somebody can be addressed by a keyword; in lower case.
 *
 * @typedef {(name: string) => number | boolean | undefined} MentionOf
 */

const NAME = /@([A-Za-z0-9_]{2,32})(?![A-Za-z0-9_])/g;
const KEYWORDS = ["room", "here"];
const BEFORE = "_@/\\";
const MOST = 100;
const OPAQUE = "\ufffc"; // a picture

/**
 * The mentions in a paragraph, as rooms/text/mentions.py finds them: outside of code and links.
 *
 * @param {Leaf[]} leaves
 * @param {MentionOf} mentionOf
 * @returns {Leaf[]}
 */
export function withMentions(leaves, mentionOf) {
  const text = flat(leaves);
  if (!text.includes("@")) return leaves;
  const names = found(text);
  if (names.length > MOST) giveUp();
  let at = 0;
  /** @param {Leaf[]} inner @returns {Leaf[]} */
  const drawn = (inner) =>
    inner.flatMap((leaf) => {
      const from = at;
      at += flat([leaf]).length;
      if (typeof leaf === "string") return split(leaf, from, names, mentionOf);
      if (leaf.tag === "code" || leaf.tag === "a") return [leaf];
      const end = at;
      at = from;
      const children = drawn(leaf.children);
      at = end;
      return [{ ...leaf, children }];
    });
  return drawn(leaves);
}

/** What can be seen, with one character for each picture. @param {Leaf[]} leaves @returns {string} */
const flat = (leaves) =>
  leaves
    .map((leaf) => {
      if (typeof leaf === "string") return leaf;
      return leaf.tag === "img" || leaf.tag === "picture" ? OPAQUE : flat(leaf.children);
    })
    .join("");

/** Where names begin and end that aren't part of a longer word or an address. @param {string} text */
function found(text) {
  /** @type {[number, number][]} */
  const names = [];
  for (const { 0: name, index } of text.matchAll(NAME)) {
    const end = index + name.length;
    const [before = " "] = [...text.slice(Math.max(0, index - 2), index)].slice(-1);
    const [after = " ", next = " "] = [...text.slice(end, end + 4)];
    const follows = BEFORE.includes(before) && names.at(-1)?.[1] !== index - 1;
    const isJoined = after === "@" || (after === "-" && continues(next));
    if (!follows && !isJoined && !continues(before) && !continues(after)) names.push([index, end]);
  }
  return names;
}

/** @param {string} char */
const continues = (char) =>
  /[\p{M}]/u.test(char) ? !"\ufe0e\ufe0f\u20e3".includes(char) : isWord(char);

/**
 * @param {string} text
 * @param {number} from where it begins in the paragraph
 * @param {[number, number][]} names
 * @param {MentionOf} mentionOf
 */
function split(text, from, names, mentionOf) {
  /** @type {Leaf[]} */
  const leaves = [];
  let at = 0;
  for (const [start, end] of names) {
    if (start < from || end > from + text.length) continue;
    const typed = text.slice(start - from, end - from);
    const mention = mentionIn(typed, mentionOf);
    if (!mention) continue;
    const words = /** @type {string} */ (mention.children[0]);
    leaves.push(text.slice(at, start - from), mention);
    at = start - from + words.length;
  }
  return [...leaves, text.slice(at)].filter((leaf) => leaf !== "");
}

/**
 * The longest name wins: `_@ann_` is emphasis. A keyword wins over a member of that name.
 *
 * @param {string} typed
 * @param {MentionOf} mentionOf
 * @returns {Branch | null}
 */
function mentionIn(typed, mentionOf) {
  for (let words = typed; ; words = words.slice(0, -1)) {
    const name = words.slice(1).toLowerCase();
    const meant = mentionOf(name);
    const isKeyword = KEYWORDS.includes(name);
    if (isKeyword)
      return meant ? branch("span", [words], { class: "mention mention--room" }) : null;
    if (typeof meant === "number")
      return branch("a", [words], { class: "mention", "data-person": meant });
    if (!words.endsWith("_") || words.length <= 3) return null;
  }
}
