/** @typedef {import('./lib/types.js').RoomSummary} RoomSummary */

/**
 * How much of the unread is meant for me: mentions, and all that is said between few.
 *
 * @param {Iterable<RoomSummary>} rooms
 */
export function personal(rooms) {
  const meant = (/** @type {RoomSummary} */ { kind, unread, mentions }) =>
    kind === "direct" ? unread : Math.min(unread, mentions);
  return [...rooms].reduce((sum, room) => sum + meant(room), 0);
}

/**
 * What the icons say: the tab's has a dot, red when it is meant for me; the installed app's counts
 * what is.
 *
 * @param {{rooms: Map<string, RoomSummary>, total: number}} unread
 * @param {{icon: HTMLLinkElement | null, app?: Pick<Navigator, 'setAppBadge' | 'clearAppBadge'>}} where
 *   `icon` has the addresses of its variants in `data-none`, `data-unread` and `data-personal`
 */
export function drawBadge({ rooms, total }, { icon, app = navigator }) {
  const meant = personal(rooms.values());
  const variant = meant > 0 ? "personal" : total > 0 ? "unread" : "none";
  const address = icon?.dataset[variant];
  if (icon && address && icon.getAttribute("href") !== address) icon.href = address;
  // Not in every browser, and refused where the app is not installed. Without a number: a dot.
  const asked = total > 0 ? app.setAppBadge?.(meant || undefined) : app.clearAppBadge?.();
  asked?.catch(() => {});
}
