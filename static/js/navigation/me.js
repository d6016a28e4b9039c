import { drawAvatar, setText, setWhose } from "../lib/dom.js";

/**
 * Draw me at the bottom of the list of rooms.
 *
 * @param {ParentNode | null} sidebar
 * @param {import('../lib/types.js').User} me
 */
export function drawMe(sidebar, me) {
  const link = sidebar?.querySelector(".sidebar__me");
  const avatar = link?.querySelector(".avatar");
  if (!link || !(avatar instanceof HTMLElement)) return;
  setWhose(link, me.id);
  avatar.replaceChildren();
  drawAvatar(avatar, me);
  setText(/** @type {Element} */ (link.querySelector(".sidebar__name")), me.name);
}
