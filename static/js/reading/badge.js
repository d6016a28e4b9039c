import { counted } from "./unread.js";

/** @typedef {import('../lib/types.js').RoomSummary} RoomSummary */

/**
 * How many unread messages are meant for me: mentions, and everything in direct rooms.
 *
 * @param {Iterable<RoomSummary>} rooms
 */
export function personal(rooms) {
  const meant = (/** @type {RoomSummary} */ room) =>
    room.kind === "direct" ? counted(room) : Math.min(counted(room), room.mentions);
  return [...rooms].reduce((sum, room) => sum + meant(room), 0);
}

/**
 * Draw the icons: the tab's gets a dot, red if something is meant for me; the installed app's gets
 * the count. A reply isn't a mention, but it is in the inbox.
 *
 * @param {{rooms: Map<string, RoomSummary>, total: number, inbox?: number}} unread
 * @param {{icon: HTMLLinkElement | null, app?: Pick<Navigator, 'setAppBadge' | 'clearAppBadge'>}} where `icon` has the addresses of its variants in `data-none`, `data-unread` and `data-personal`
 */
export function drawBadge({ rooms, total, inbox = 0 }, { icon, app = navigator }) {
  const meant = Math.max(personal(rooms.values()), inbox);
  const variant = meant > 0 ? "personal" : total > 0 ? "unread" : "none";
  if (globalThis.document) document.documentElement.dataset.badge = variant;
  const address = icon?.dataset[variant];
  if (icon && address && icon.getAttribute("href") !== address) icon.href = address;
  // Not in every browser, and refused if the app isn't installed. Without a number it is a dot.
  const asked = variant !== "none" ? app.setAppBadge?.(meant || undefined) : app.clearAppBadge?.();
  asked?.catch(() => {});
}
