import { setText } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { slugOf } from "./destinations.js";
import { isShell } from "./visits.js";

/**
 * Links to this site open in the same tab. Those that show their address show the room's name
 * instead, once it is known that the reader knows the room.
 *
 * @param {HTMLElement} element
 * @param {import('./destinations.js').Destinations} destinations
 */
export function adoptLinks(element, destinations) {
  for (const link of element.querySelectorAll("a")) {
    if (link.origin !== location.origin) continue;
    link.removeAttribute("target");
    const address = link.textContent ?? "";
    const isBare = address === link.href || `${address}/` === link.href;
    const { root } = destinations;
    if (!isBare || link.search || link.hash || !isShell(link.pathname, root, [])) continue;
    link.dataset.room = slugOf(link.pathname, root);
    link.dataset.address = address;
  }
  nameLinks(element, destinations);
}

/**
 * The rooms' names as they are now. A room that the reader doesn't know stays an address.
 *
 * @param {HTMLElement} element
 * @param {import('./destinations.js').Destinations} destinations
 */
export function nameLinks(element, destinations) {
  for (const link of element.querySelectorAll("a[data-room]")) {
    const { dataset, pathname, href } = /** @type {HTMLAnchorElement} */ (link);
    const room = destinations.nameOf(dataset.room ?? "");
    const number = /\/(\d+)\/$/.exec(pathname.slice(destinations.root.length))?.[1];
    const words =
      room && number ? gettext("%(room)s › message %(number)s", { room, number }) : room;
    setText(link, words || (dataset.address ?? ""));
    link.classList.toggle("room-link", words !== "");
    if (words) link.setAttribute("title", href);
    else link.removeAttribute("title");
  }
}
