import { partsOf } from "../emoji/shortcodes.js";
import { blocksOf } from "./blocks.js";
import { branch, textOf } from "./tree.js";
import { giveUp, Unclear } from "./unclear.js";

/** @typedef {import('./tree.js').Leaf} Leaf */
/** What a short code stands for. @typedef {(code: string) => Leaf | undefined} EmojiOf */
/** `isExact`: the server will render the very same; otherwise the same but for the colours of code. */
/** @typedef {{leaves: Leaf[], isExact: boolean}} Rendered */

// Beyond these the server may show the text as it was typed (rooms/text/markup.py). Half of its limits.
const MAX_LENGTH = 4000;
const MAX_LINES = 120;
const MAX_MARKS = 300;
const MAX_LINKS = 40;

// What is cleaned away before a text is stored (rooms/text/bodies.py), or is white space to one side
// only.
const UNCLEAN =
  /(?![\n\t])\p{Cc}|[\u202d\u202e]|[^\S \n\t]|\p{Cs}|[\p{Mn}\p{Me}](?:\p{Cf}*[\p{Mn}\p{Me}]){4}/u;
const MARKS = /[*_~`\n\\\]]/g;
const LINKS = /\[|:\/\/|www\./gi;
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

/**
 * Render a text as the server will (rooms/text/markup.py), if it has only the common forms in it.
 * It never guesses: what isn't known to come out the same is left to the server. One table
 * (tests/tables/markup.json) and many generated texts compare the two.
 *
 * @param {string} typed
 * @param {EmojiOf} emojiOf
 * @param {import('./mentions.js').MentionOf} [mentionOf]
 * @returns {Rendered | null} null: only the server knows
 */
export function rendered(typed, emojiOf, mentionOf = () => undefined) {
  const body = typed.normalize("NFC").trim();
  try {
    if (!VISIBLE.test(body) || isBeyond(body)) return null;
    const emoji = emojiOnly(body, emojiOf);
    if (emoji) return { leaves: [emoji], isExact: true };
    const found = blocksOf(body.split("\n"), emojiOf, mentionOf);
    return VISIBLE.test(textOf(found.leaves)) ? found : null;
  } catch (error) {
    if (error instanceof Unclear) return null;
    throw error;
  }
}

/** @param {string} body */
function isBeyond(body) {
  const count = (/** @type {RegExp} */ pattern) => body.match(pattern)?.length ?? 0;
  return (
    body.length > MAX_LENGTH ||
    UNCLEAN.test(body) ||
    count(/\n/g) > MAX_LINES ||
    count(MARKS) > MAX_MARKS ||
    count(LINKS) > MAX_LINKS
  );
}

const PICTURE =
  "(?:[\\u{1f004}\\u{1f0cf}\\u{1f18e}\\u{1f191}-\\u{1f19a}\\u{1f201}-\\u{1f251}" +
  "\\u{1f300}-\\u{1f64f}\\u{1f680}-\\u{1f6ff}\\u{1f7e0}-\\u{1f7eb}\\u{1f7f0}" +
  "\\u{1f90c}-\\u{1f9ff}\\u{1fa70}-\\u{1faff}\\u231a\\u231b\\u23e9-\\u23f3\\u25fd\\u25fe" +
  "\\u2600-\\u27bf\\u2b1b\\u2b1c\\u2b50\\u2b55]\\ufe0f?" +
  "|[\\xa9\\xae\\u203c\\u2049\\u2122\\u2139\\u2194-\\u21aa\\u25aa-\\u25fc\\u2934\\u2935\\u2b05-\\u2b07" +
  "\\u3030\\u303d\\u3297\\u3299\\u{1f170}-\\u{1f17f}]\\ufe0f)";
const EMOJI =
  "(?:[\\u{1f1e6}-\\u{1f1ff}]{2}|[0-9#*]\\ufe0f?\\u20e3" +
  "|\\u{1f3f4}[\\u{e0020}-\\u{e007e}]{1,6}\\u{e007f}" +
  `|${PICTURE}[\\u{1f3fb}-\\u{1f3ff}]?(?:\\u200d${PICTURE}[\\u{1f3fb}-\\u{1f3ff}]?){0,5})`;
const EMOJI_ONLY = new RegExp(`^(?:${EMOJI}[ \\n]*){1,6}$`, "u");
const LONGEST_EMOJI_ONLY = 120; // characters, as the server counts
const ANY_EMOJI = "\u{1f600}";

/**
 * One to six emoji, which are shown bigger.
 *
 * @param {string} body
 * @param {EmojiOf} emojiOf
 */
function emojiOnly(body, emojiOf) {
  if (body.length > 2 * LONGEST_EMOJI_ONLY) return null;
  let isSpelled = false;
  const parts = partsOf(body, (code) => {
    isSpelled = true;
    return emojiOf(code) ?? giveUp();
  });
  const bare = parts.map((part) => (typeof part === "string" ? part : ANY_EMOJI)).join("");
  if (!EMOJI_ONLY.test(bare) || [...bare].length > LONGEST_EMOJI_ONLY) return null;
  // Whether these count depends on the site's own emoji.
  if (isSpelled && !body.startsWith(":")) giveUp();
  return branch("p", parts.flatMap(inLines), { class: "emoji-only" });
}

/** @param {Leaf} part @returns {Leaf[]} */
const inLines = (part) =>
  typeof part === "string"
    ? part.split("\n").flatMap((line, at) => (at ? [branch("br", []), `\n${line}`] : [line]))
    : [part];
