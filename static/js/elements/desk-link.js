import { part, setText } from "../lib/dom.js";
import { formatNumber, ngettext } from "../lib/gettext.js";

const MOST = 99;

/**
 * The way to what waits for who moderates the site: messages that were reported or are held.
 *
 * @param {ParentNode | null} sidebar
 * @param {number | null} [waiting] null for everybody else
 */
export function drawDesk(sidebar, waiting = null) {
  const link = /** @type {HTMLElement | null | undefined} */ (
    sidebar?.querySelector('[data-part="desk"]')
  );
  if (!link) return;
  link.hidden = waiting === null;
  const count = part(link, "waiting");
  count.hidden = !waiting;
  setText(count, (waiting ?? 0) > MOST ? `${MOST}+` : formatNumber(waiting ?? 0));
  link.title = waiting
    ? ngettext("%(count)s message waits", "%(count)s messages wait", waiting)
    : "";
}
