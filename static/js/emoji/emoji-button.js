import { gettext } from "../lib/gettext.js";
import { say } from "../lib/toast.js";

/** The placeholder of the picker, which is defined when it is first opened. */
const place = () => /** @type {HTMLElement | null} */ (document.querySelector("chat-emoji"));

/** The address of the emoji table. */
export const emojiAddress = () => place()?.dataset.table ?? "";

/**
 * Let the user pick an emoji next to the button that they pressed.
 *
 * @param {HTMLElement} button
 * @param {{id: number}} me
 * @returns {Promise<string | null>} null: they changed their mind
 */
export async function pickEmoji(button, me) {
  const picker = place();
  const home = picker?.parentElement;
  try {
    const { ChatEmoji } = await import("./chat-emoji.js");
    if (!(picker instanceof ChatEmoji)) return null;
    // Whatever is outside an open dialog can't be pressed.
    button.closest("dialog")?.append(picker);
    return await picker.open(button, me);
  } catch {
    say(gettext("Emoji aren't available offline."));
    return null;
  } finally {
    if (picker && picker.parentElement !== home) home?.append(picker);
  }
}
