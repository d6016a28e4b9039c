import { closes, OPENING, pairsOff } from "../lib/code.js";
import { inline } from "./inline.js";
import { branch } from "./tree.js";
import { giveUp } from "./unclear.js";

/** @typedef {import('./tree.js').Leaf} Leaf */
/** @typedef {import('./tree.js').Branch} Branch */
/** @typedef {{branch: Branch, isParagraph: boolean}} Block */

const MAX_DEPTH = 4; // of quotes and lists; the server goes deeper
const MAX_LABEL = 24; // of a language that the server doesn't know

// As in rooms/text/dialect.py: `>_<` is a face, `>=5` and `>100` compare; a year starts a sentence.
export const NO_QUOTE =
  /^ *>(?:[=\d]|(?:[_.oOwWuUvVxX\-~^/,;:*3]{1,5}[<>]|<|[:;][-'o^~]?[()[\]{}DPpOo03SsCc/\\|@*<>])(?![\p{L}\p{N}_]))/u;
const QUOTE = /^ *> ?/;
const ITEM = /^( *)([-+*]|(\d{1,3})[.)])( +|$)(.*)$/;

const isBlank = (/** @type {string} */ line) => line.trim() === "";
const indentOf = (/** @type {string} */ line) => line.length - line.trimStart().length;
const isQuote = (/** @type {string} */ line) => QUOTE.test(line) && !NO_QUOTE.test(line);

/**
 * @param {string[]} lines
 * @param {import('./rendered.js').EmojiOf} emojiOf
 * @param {import('./mentions.js').MentionOf} mentionOf
 */
export function blocksOf(lines, emojiOf, mentionOf) {
  const reader = new Reader(emojiOf, mentionOf);
  const leaves = reader
    .read(lines, 0)
    .flatMap(({ branch }, at) => (at ? ["\n", branch] : [branch]));
  return { leaves, isExact: reader.isExact };
}

/** Reads paragraphs, quotes, lists and fenced code as rooms/text/dialect.py does. */
class Reader {
  isExact = true;
  #emojiOf;
  #mentionOf;

  /**
   * @param {import('./rendered.js').EmojiOf} emojiOf
   * @param {import('./mentions.js').MentionOf} mentionOf
   */
  constructor(emojiOf, mentionOf) {
    this.#emojiOf = emojiOf;
    this.#mentionOf = mentionOf;
  }

  /**
   * @param {string[]} lines of the document, or of a quote or an item without its marks
   * @param {number} depth
   * @param {{inItem?: boolean}} [where]
   * @returns {Block[]}
   */
  read(lines, depth, { inItem = false } = {}) {
    if (depth > MAX_DEPTH) giveUp();
    /** @type {Block[]} */
    const blocks = [];
    let at = 0;
    while (at < lines.length) {
      const line = lines[at];
      if (isBlank(line)) {
        at += 1;
        continue;
      }
      const step = OPENING.test(line)
        ? this.#fence(lines, at, inItem)
        : isQuote(line)
          ? this.#quote(lines, at, depth)
          : ITEM.test(line)
            ? this.#list(lines, at, depth)
            : this.#paragraph(lines, at);
      blocks.push(step.block);
      at = step.end;
    }
    return blocks;
  }

  /** @param {string[]} lines @param {number} from */
  #paragraph(lines, from) {
    let end = from + 1;
    while (end < lines.length && !endsParagraph(lines[end])) end += 1;
    const text = withoutTabs(lines.slice(from, end)).join("\n").trim();
    return {
      block: {
        branch: branch("p", inline(text, this.#emojiOf, this.#mentionOf)),
        isParagraph: true,
      },
      end,
    };
  }

  /**
   * Ends with its last `>`.
   *
   * @param {string[]} lines
   * @param {number} from
   * @param {number} depth
   */
  #quote(lines, from, depth) {
    let end = from;
    while (end < lines.length && isQuote(lines[end])) end += 1;
    const inner = withoutTabs(lines.slice(from, end)).map((line) => line.replace(QUOTE, ""));
    const children = this.read(inner, depth + 1).flatMap(({ branch }) => ["\n", branch]);
    if (!children.length) giveUp();
    return { block: block(branch("blockquote", [...children, "\n"])), end };
  }

  /** @param {string[]} lines @param {number} from @param {number} depth */
  #list(lines, from, depth) {
    const [, , mark, first] = parsedItem(lines[from]);
    const numbers = [];
    const items = [];
    let at = from;
    while (at < lines.length && isItemOf(lines[at], mark)) {
      const [, indent, own, number, gap, words] = parsedItem(lines[at]);
      if (!words) giveUp();
      const wide = gap.length > 4 ? 1 : gap.length;
      const width = indent.length + own.length + wide;
      const end = endOfItem(lines, at, width, mark);
      const inner = [" ".repeat(gap.length - wide) + words];
      for (const line of withoutTabs(lines.slice(at, end)).slice(1)) inner.push(line.slice(width));
      items.push(this.#item(this.read(inner, depth + 1, { inItem: true })));
      if (number) numbers.push(Number(number));
      at = end;
    }
    keepNumbers(items, numbers);
    const children = items.flatMap((item) => ["\n", item]);
    const start = Number(first ?? 1) === 1 ? undefined : { start: Number(first) };
    return { block: block(branch(first ? "ol" : "ul", [...children, "\n"], start)), end: at };
  }

  /** @param {Block[]} blocks */
  #item(blocks) {
    /** @type {Leaf[]} */
    const children = [];
    let afterText = true;
    for (const [at, { branch, isParagraph }] of blocks.entries()) {
      if (isParagraph) children.push(...branch.children);
      else children.push(...(at === 0 || afterText ? ["\n"] : []), branch, "\n");
      afterText = isParagraph;
    }
    return branch("li", children);
  }

  /** @param {string[]} lines @param {number} from @param {boolean} inItem */
  #fence(lines, from, inItem) {
    if (inItem) giveUp();
    const [, marks, info] = /** @type {RegExpExecArray} */ (OPENING.exec(lines[from]));
    const { last, closing } = fencedTo(lines, from, marks.length);
    const indent = indentOf(lines[from]);
    const code = lines.slice(from + 1, last).map((line) => outdented(line, indent));
    if (closing === "end")
      code.push(outdented(lines[last], indent).trimEnd().slice(0, -marks.length));
    const words = info.trim().split(/\s+/);
    const language = words.length > 1 ? "" : words[0];
    if (words.length > 1) code.unshift(info.trimStart());
    if (language) this.isExact = false;
    const text = code.join("\n");
    if (isBlank(text)) giveUp();
    const label = [...language].slice(0, MAX_LABEL).join("");
    const caption = label ? [branch("span", [label], { class: "code-language" })] : [];
    return {
      block: block(branch("pre", [...caption, branch("code", [text])], { class: "code" })),
      end: closing ? last + 1 : last,
    };
  }
}

/** Outside of code, a tab is as wide as its place makes it. @param {string[]} lines */
const withoutTabs = (lines) => (lines.some((line) => line.includes("\t")) ? giveUp() : lines);

/** @param {Branch} branch @returns {Block} */
const block = (branch) => ({ branch, isParagraph: false });

/** @param {string} line */
const parsedItem = (line) => /** @type {RegExpExecArray} */ (ITEM.exec(line));

/** Only a list that has words, and starts at 1, ends a paragraph. @param {string} line */
function endsParagraph(line) {
  if (isBlank(line)) return true;
  if (indentOf(line) > 3) return false;
  if (OPENING.test(line) || isQuote(line)) return true;
  const [, , , number, , words] = ITEM.exec(line) ?? [];
  return Boolean(words) && (number === undefined || Number(number) === 1);
}

/** @param {string} line @param {string} mark of the first item */
function isItemOf(line, mark) {
  const [, , own = ""] = ITEM.exec(line) ?? [];
  return own !== "" && own.at(-1) === mark.at(-1) && own.length > 1 === mark.length > 1;
}

/**
 * The line after an item. The server sets lists with empty lines between their items differently.
 *
 * @param {string[]} lines
 * @param {number} from
 * @param {number} width of the item's mark
 * @param {string} mark
 */
function endOfItem(lines, from, width, mark) {
  let end = from + 1;
  while (end < lines.length && !isBlank(lines[end]) && indentOf(lines[end]) >= width) end += 1;
  if (end === lines.length || !isBlank(lines[end])) return end;
  const next = lines.slice(end).find((line) => !isBlank(line));
  if (next !== undefined && (indentOf(next) >= width || isItemOf(next, mark))) giveUp();
  return end;
}

/** Items keep their numbers, unless all are the same. @param {Branch[]} items @param {number[]} numbers */
function keepNumbers(items, numbers) {
  if (new Set(numbers).size < 2) return;
  for (const [at, number] of numbers.entries())
    if (at > 0 && number !== numbers[at - 1] + 1) items[at].attributes = { value: number };
}

/**
 * The line that closes a block of code, and how; or the end, and "".
 *
 * @param {string[]} lines
 * @param {number} from
 * @param {number} length of the fence
 */
function fencedTo(lines, from, length) {
  for (let last = from + 1; last < lines.length; last += 1) {
    if (/^\s*\t.*```\s*$/.test(lines[last])) giveUp();
    const closing = closes(lines[last], length);
    if (closing === "line" || (closing && pairsOff(lines, last + 1))) return { last, closing };
  }
  return { last: lines.length, closing: "" };
}

/** @param {string} line @param {number} indent of the fence */
function outdented(line, indent) {
  if (indent && line.includes("\t")) giveUp();
  return line.slice(Math.min(indent, indentOf(line)));
}
