import { gettext } from "../lib/gettext.js";
import { say } from "./toast.js";

/** The picker's place in the page. It becomes one when it is first opened. */
const place = () => /** @type {HTMLElement | null} */ (document.querySelector("chat-emoji"));

/** Where the table of emoji is. */
export const emojiAddress = () => place()?.dataset.table ?? "";

/**
 * Lets somebody pick an emoji beside the button that they pressed.
 *
 * @param {HTMLElement} button
 * @param {{id: number}} me
 * @returns {Promise<string | null>} null: they thought better of it
 */
export async function pickEmoji(button, me) {
  try {
    const { ChatEmoji } = await import("./chat-emoji.js");
    const picker = place();
    if (!(picker instanceof ChatEmoji)) return null;
    return await picker.open(button, me);
  } catch {
    say(gettext("The emoji can't be had now: there is no connection."));
    return null;
  }
}
