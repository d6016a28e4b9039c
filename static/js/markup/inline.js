import { partsOf } from "../emoji/shortcodes.js";
import { pair, runAt } from "./emphasis.js";
import { addressAt, isPlainTarget, linkTo } from "./links.js";
import { withMentions } from "./mentions.js";
import { branch, joined } from "./tree.js";
import { giveUp } from "./unclear.js";

/** @typedef {import('./tree.js').Leaf} Leaf */
/** @typedef {import('./emphasis.js').Token} Token */

const MAX_EMPHASIS = 6; // levels

const TEXT =
  /(?:[^\n\\`~*_[\]:wW]|[wW](?![wW]{2}\.)|:(?!\/\/)|(?<=[\p{L}\p{N}])_+(?=[\p{L}\p{N}])|(?<![\p{L}\p{N}_@]@)(?<=@)_+(?=[A-Za-z0-9]))+/uy;
// Names in Python, faces and globs, which rooms/text/dialect.py knows more exactly.
const SPECIAL_NAMES =
  "init|main|name|file|dict|repr|str|len|iter|eq|ne|lt|gt|le|ge|hash|doc|mro|bases|slots|del|" +
  "getattr|setattr|delattr|getitem|setitem|delitem|getattribute|contains|bool|annotations|" +
  "qualname|module|pycache|subclasses|builtins|init_subclass|class_getitem|post_init";
const VERBATIM = new RegExp(
  `__(?:${SPECIAL_NAMES})__|_{1,2}[\\p{L}\\p{N}_]+_{1,2}(?=[./\\\\([])` +
    "|\\*[-._^~+=@'\"?!:;,/\\\\|<>]{1,3}\\*(?![\\p{L}\\p{N}_*])",
  "uy",
);
const LINK = /\[([^[\]\\`\n<>]*[^[\]\\`\n<>\s][^[\]\\`\n<>]*)\]\(([^\s()<>\\]+)\)/y;
const BRACKETS = /\[[^[\]\\`\n]*\](?!\()/y;
const SCHEME = /(?<![a-z0-9.+-])https?$/i;
const WITHIN = /[a-z0-9_@.\-/:=&%?#\\+]$/i;

/**
 * Read emphasis, code, links and short codes in a paragraph.
 *
 * @param {string} text
 * @param {import('./rendered.js').EmojiOf} emojiOf
 * @param {import('./mentions.js').MentionOf} mentionOf
 * @returns {Leaf[]}
 */
export function inline(text, emojiOf, mentionOf) {
  if (/mailto:/i.test(text)) giveUp();
  const { leaves } = new Line(text, 0, text.length, emojiOf, false);
  return withMentions(leaves, mentionOf);
}

/** A paragraph, or the words of a link in it. */
class Line {
  /** @type {Token[]} */ #tokens = [];
  /** @type {import('./emphasis.js').Delimiter[]} */ #delimiters = [];
  #pending = "";
  #at;
  #end;
  #src;
  #emojiOf;
  #inLink;

  /**
   * @param {string} src
   * @param {number} from
   * @param {number} end
   * @param {import('./rendered.js').EmojiOf} emojiOf
   * @param {boolean} inLink
   */
  constructor(src, from, end, emojiOf, inLink) {
    this.#src = src;
    this.#at = from;
    this.#end = end;
    this.#emojiOf = emojiOf;
    this.#inLink = inLink;
  }

  get leaves() {
    while (this.#at < this.#end) this.#step();
    this.#flush();
    pair(this.#tokens, this.#delimiters);
    return this.#spelled(nested(this.#tokens));
  }

  #step() {
    TEXT.lastIndex = this.#at;
    const [words] = TEXT.exec(this.#src.slice(0, this.#end)) ?? [];
    if (words) return this.#write(words, words.length);
    const char = this.#src[this.#at];
    if (char === "\n") this.#break();
    else if (char === "\\") this.#escape();
    else if (char === "`") this.#code();
    else if (char === "[") this.#link();
    else if (char === ":" || char.toLowerCase() === "w") this.#address(char);
    else if (char === "]" || (char === "~" && this.#src[this.#at + 1] !== "~"))
      this.#write(char, 1);
    else this.#mark(char);
  }

  /** @param {string} text @param {number} length */
  #write(text, length) {
    this.#pending += text;
    this.#at += length;
  }

  #flush() {
    if (this.#pending) this.#tokens.push({ text: this.#pending });
    this.#pending = "";
  }

  /** @param {Leaf} leaf @param {number} length */
  #push(leaf, length) {
    this.#flush();
    this.#tokens.push({ leaf });
    this.#at += length;
  }

  #break() {
    this.#pending = this.#pending.replace(/ +$/, "");
    this.#push(branch("br", []), 1);
    this.#pending = "\n";
    while (this.#src[this.#at] === " ") this.#at += 1;
  }

  /** A backslash before a sign of formatting, or one that is no more than that. */
  #escape() {
    const [before, next] = [this.#src[this.#at - 1] ?? "", this.#src[this.#at + 1] ?? ""];
    if (/[:\\¯]/.test(before) || next === "\\" || this.#at + 1 >= this.#end) giveUp();
    const line = this.#src.slice(this.#src.lastIndexOf("\n", this.#at) + 1, this.#at);
    if (!/[*_~`[\]]/.test(next)) return /^ *\d*$/.test(line) ? giveUp() : this.#write("\\", 1);
    if (next === "_" && /[\p{L}\p{N}]/u.test(before)) giveUp();
    this.#write(next, 2);
  }

  #code() {
    const [run] = /** @type {RegExpExecArray} */ (/`+/.exec(this.#src.slice(this.#at, this.#end)));
    const from = this.#at + run.length;
    for (const { 0: other, index } of this.#src.slice(from, this.#end).matchAll(/`+/g)) {
      if (other.length !== run.length) continue;
      const code = this.#src.slice(from, from + index).replaceAll("\n", " ");
      const isPadded = /^ .* $/.test(code) && /[^ ]/.test(code);
      return this.#push(
        branch("code", [isPadded ? code.slice(1, -1) : code]),
        2 * run.length + index,
      );
    }
    this.#write(run, run.length);
  }

  #link() {
    if (this.#inLink) giveUp();
    LINK.lastIndex = BRACKETS.lastIndex = this.#at;
    const [whole, words, url] = LINK.exec(this.#src.slice(0, this.#end)) ?? [];
    if (whole === undefined) {
      if (!BRACKETS.test(this.#src) && this.#src.includes("](", this.#at)) giveUp();
      return this.#write("[", 1);
    }
    if (!isPlainTarget(url) || /:\/\/|www\./i.test(words)) giveUp();
    const from = this.#at + 1;
    const { leaves } = new Line(this.#src, from, from + words.length, this.#emojiOf, true);
    this.#push(branch("a", leaves, linkTo(url)), whole.length);
  }

  /** An address without brackets. @param {string} char */
  #address(char) {
    if (this.#inLink) giveUp();
    const [scheme = ""] = (char === ":" && SCHEME.exec(this.#pending.slice(-6))) || [];
    const begins = char === ":" ? "://" : this.#src.slice(this.#at, this.#at + 4);
    if (char === ":" ? !scheme : WITHIN.test(this.#pending)) giveUp();
    const rest = addressAt(this.#src, this.#at + begins.length, this.#end);
    const isWhole = rest && (scheme || /^[^/?#]*\./.test(rest));
    if (!isWhole || this.#delimiters.some(({ marker }) => marker === "_")) giveUp();
    const url = scheme + begins + rest;
    if (scheme) this.#pending = this.#pending.slice(0, -scheme.length);
    const shown = branch("a", [url], linkTo(scheme ? url : `https://${url}`));
    this.#push(shown, begins.length + rest.length);
  }

  /** Emphasis, or what looks like it. @param {string} char */
  #mark(char) {
    const before = this.#src[this.#at - 1] ?? " ";
    VERBATIM.lastIndex = this.#at;
    if (VERBATIM.test(this.#src) || (char === "_" && /[./\\]/.test(before))) giveUp();
    const { length, open, close } = runAt(this.#src, this.#at, this.#end);
    if (char === "~" && length % 2) giveUp();
    const text = char === "~" ? "~~" : char;
    this.#flush();
    for (let n = 0; n < length / text.length; n += 1) {
      const token = this.#tokens.push({ text }) - 1;
      const size = char === "~" ? 0 : length;
      this.#delimiters.push({ marker: char, length: size, token, end: -1, open, close });
    }
    this.#at += length;
  }

  /** Spell out the short codes, except in code and addresses. @param {Leaf[]} leaves @returns {Leaf[]} */
  #spelled(leaves) {
    const emoji = (/** @type {string} */ code) => this.#emojiOf(code) ?? giveUp();
    return leaves.flatMap((leaf) => {
      if (typeof leaf === "string") return joined(partsOf(leaf, emoji));
      if (leaf.tag === "code" || leaf.tag === "a") return [leaf];
      return [{ ...leaf, children: this.#spelled(leaf.children) }];
    });
  }
}

/** @param {Token[]} tokens */
function nested(tokens) {
  const root = branch("p", []);
  const path = [root];
  for (const { text, leaf, tag, opens } of tokens) {
    const { children } = path[path.length - 1];
    if (tag && opens) {
      const inner = branch(tag, []);
      children.push(inner);
      if (path.push(inner) > MAX_EMPHASIS) giveUp();
    } else if (tag) path.pop();
    else if (leaf !== undefined) children.push(leaf);
    else if (text && typeof children.at(-1) === "string") children.push(`${children.pop()}${text}`);
    else if (text) children.push(text);
  }
  return root.children;
}
