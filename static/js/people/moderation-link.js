import { part, setText } from "../lib/dom.js";
import { formatCount, ngettext } from "../lib/gettext.js";

/**
 * Draw the link to what site moderators have to review: reported and held messages.
 *
 * @param {ParentNode | null} sidebar
 * @param {number | null} [waiting] null for anyone else
 */
export function drawModerationLink(sidebar, waiting = null) {
  const link = /** @type {HTMLElement | null | undefined} */ (
    sidebar?.querySelector('[data-part="desk"]')
  );
  if (!link) return;
  link.hidden = waiting === null;
  const count = part(link, "waiting");
  count.hidden = !waiting;
  setText(count, formatCount(waiting ?? 0));
  link.title = waiting
    ? ngettext("%(count)s message to review", "%(count)s messages to review", waiting)
    : "";
}
