import { setText } from "../lib/dom.js";

/** @typedef {import('../protocol.js').Site} Site */

/**
 * Draw the site's name, logo and colour where the frame shows them, and what it takes to create a
 * room.
 *
 * @param {Site} site
 * @param {boolean} makesRooms whether the reader may create rooms
 */
export function drawSite(site, makesRooms) {
  for (const link of document.querySelectorAll(".site-name")) {
    const name = document.createElement("bdi");
    setText(name, site.name);
    link.replaceChildren(...(site.logo ? [logoOf(site.logo)] : []), name);
  }
  drawStyle(site.style);
  for (const offer of document.querySelectorAll('[data-part="new-room"]'))
    if (offer instanceof HTMLElement) offer.hidden = !makesRooms;
}

/** @param {string} address */
function logoOf(address) {
  const logo = new Image();
  logo.className = "site-name__logo";
  logo.src = address;
  logo.alt = "";
  return logo;
}

/** @param {string | null} address */
function drawStyle(address) {
  const style = /** @type {HTMLLinkElement | null} */ (document.getElementById("accent"));
  if (!address) return style?.remove();
  if (style?.getAttribute("href") === address) return;
  const link = style ?? document.createElement("link");
  link.rel = "stylesheet";
  link.id = "accent";
  link.setAttribute("href", address);
  // Where the server puts it, so that this page and the next have the same style sheets.
  if (!style) document.querySelector('head > link[rel="stylesheet"]')?.after(link);
}
