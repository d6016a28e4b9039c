import { customEmoji } from "../emoji/custom-emoji.js";
import { emojiOf, spellingOf } from "../emoji/emoji.js";
import { spelledOut } from "../emoji/shortcodes.js";
import { pictureOf } from "./pictures.js";
import { rendered } from "./rendered.js";
import { htmlOf, nodesOf } from "./tree.js";

/** What the server writes for a short code. @param {string} code */
function leafOf(code) {
  const custom = customEmoji(code);
  return spellingOf(code) ?? (custom && pictureOf(custom));
}

/**
 * Show a text as the server will render it. If only the server knows how, it is shown as typed.
 *
 * @param {HTMLElement} element
 * @param {string} text
 * @param {import('./mentions.js').MentionOf} [mentionOf]
 * @returns {string | null} the HTML that it shows; null: as typed
 */
export function drawTyped(element, text, mentionOf) {
  const found = rendered(text, leafOf, mentionOf);
  element.classList.toggle("message__body--plain", !found);
  element.replaceChildren(found ? nodesOf(found.leaves) : spelledOut(text, emojiOf));
  return found && htmlOf(found.leaves);
}
