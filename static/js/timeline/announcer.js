import { ngettext } from "../lib/gettext.js";
import { excerpt } from "../reading/excerpt.js";

/** @typedef {import('../lib/types.js').Message} Message */

const PAUSE_MS = 700;
const MOST = 3; // more than this at once is announced as a number

/**
 * Announce new messages to screen readers. The timeline itself isn't a live region: it changes for
 * many reasons (history, edits, a reaction), and each would be spoken.
 *
 * @param {HTMLElement} region
 * @param {{id: number}} me
 */
export function announcer(region, me) {
  /** @type {Message[]} */
  let waiting = [];
  /** @type {any} */
  let timer = null;
  const speak = () => {
    timer = null;
    const lines =
      waiting.length > MOST
        ? [ngettext("%(count)s new message", "%(count)s new messages", waiting.length)]
        : waiting.map((message) => `${message.author.name}: ${excerpt(message)}`);
    waiting = [];
    for (const line of lines) {
      const element = document.createElement("p");
      element.textContent = line;
      region.append(element);
    }
    while (region.childElementCount > 20) region.firstElementChild?.remove();
  };
  return (/** @type {Message[]} */ messages) => {
    waiting.push(...messages.filter(({ author, deleted }) => author.id !== me.id && !deleted));
    if (waiting.length && !timer) timer = setTimeout(speak, PAUSE_MS);
  };
}
