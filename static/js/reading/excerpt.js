import { emojiOf, spellingOf } from "../emoji/emoji.js";
import { spelledOut } from "../emoji/shortcodes.js";
import { isMessage } from "../lib/messages.js";
import { nameMentions } from "../lib/named.js";
import { rendered } from "../markup/rendered.js";
import { textOf } from "../markup/tree.js";
import { wordsOf as namesOf } from "../media/kinds.js";

/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('../lib/types.js').Post} Post */

/** @type {WeakMap<Message | Post, string>} */
const excerpts = new WeakMap();

/** What a message says in one line, without its Markdown, and what it shows. @param {Message | Post} item */
export function excerpt(item) {
  const known = excerpts.get(item);
  if (known !== undefined) return known;
  const line = wordsOf(item).replace(/\s+/g, " ").trim();
  const short = line.length > 140 ? `${line.slice(0, 139)}…` : line;
  const all = [short, namesOf(item.attachments ?? [])].filter(Boolean).join(" · ");
  excerpts.set(item, all);
  return all;
}

/** @param {Message | Post} item */
function wordsOf(item) {
  if (!isMessage(item) || !item.html) return typedWords(item.body ?? "");
  // In a document of its own, nothing is shown, loaded or run.
  const { body } = new DOMParser().parseFromString(item.html, "text/html");
  for (const caption of body.querySelectorAll(".code-language")) caption.remove();
  nameMentions(body);
  for (const image of body.querySelectorAll("img")) image.replaceWith(image.alt);
  return body.textContent ?? "";
}

/** What was typed, until the server has formatted it. @param {string} body */
function typedWords(body) {
  const found = rendered(body, spellingOf);
  return found?.isExact ? textOf(found.leaves) : spelledOut(body, emojiOf);
}
