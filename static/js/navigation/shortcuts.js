import { ChatDelivery } from "../connection/chat-delivery.js";
import { find } from "../lib/elements.js";
import { gettext, ngettext } from "../lib/gettext.js";
import { refusal } from "../lib/labels.js";
import { offer, say } from "../lib/toast.js";
import { readAll } from "../reading/read-all.js";
import { ChatKeys } from "./chat-keys.js";
import { ChatSwitcher } from "./chat-switcher.js";
import { deedsOf } from "./deeds.js";
import { closeAll } from "./drawers.js";
import { wireKeys } from "./keys.js";
import { neighbour } from "./neighbour.js";
import { Regions } from "./regions.js";

/** @typedef {import('./keys.js').Action} Action */

const UNDO_SECONDS = 10;

/**
 * Wire the switcher, the keyboard shortcuts, and the buttons that do the same.
 *
 * @param {object} world
 * @param {import('./destinations.js').Destinations} world.destinations
 * @param {import('./visits.js').Visits} world.visits
 * @param {import('./conversations.js').Conversations} world.conversations
 * @param {() => void} world.write opens the dialog for a new message
 * @param {() => void} world.setStatus opens the dialog for what I show beside my name
 * @param {import('./deeds.js').Mine} world.mine
 * @param {import('../connection/socket.js').ChatSocket} world.socket
 * @param {import('../reading/unread.js').Unread} world.unread
 * @param {import('./chat-sidebar.js').ChatSidebar | null} world.sidebar
 * @param {Record<string, string>} world.urls
 * @param {import('./appearance.js').Appearance} world.appearance
 * @param {import('./search.js').Search} world.search
 */
export function wireShortcuts(world) {
  const { destinations, visits, conversations, write, socket, unread, sidebar, urls } = world;
  const { appearance, mine, setStatus, search } = world;
  const switcher = find(document, ChatSwitcher);
  const regions = new Regions(document);

  /** @param {import('../lib/ranking.js').Destination} destination */
  function go({ address, username = "", run }) {
    if (run) return run();
    return address ? visits.visit(address) : conversations.openWith(username);
  }

  /** @param {string | null} slug */
  function hide(slug) {
    if (slug !== null) conversations.hide(slug, slug === sidebar?.current);
  }

  /** @param {{step: 1 | -1, unread?: boolean}} how */
  function goBeside(how) {
    const room = neighbour(sidebar?.rooms ?? [], sidebar?.current ?? null, how);
    if (room) visits.visit(destinations.addressOf(room.slug));
    else if (how.unread) say(gettext("No unread messages in other rooms."));
  }

  async function markAllRead() {
    try {
      const { count, undo } = await readAll({ socket, unread });
      if (count === 0) return say(gettext("No unread messages."));
      const take = () =>
        undo().then(
          () => say(gettext("Marked as unread again.")),
          (error) => say(gettext("Couldn't undo. %(reason)s", { reason: refusal(error) })),
        );
      const words = ngettext(
        "Marked %(count)s room as read.",
        "Marked %(count)s rooms as read.",
        count,
      );
      offer(words, { label: gettext("Undo"), take, seconds: UNDO_SECONDS });
    } catch (error) {
      const reason = refusal(/** @type {any} */ (error));
      say(gettext("Couldn't mark as read. %(reason)s", { reason }));
    }
  }

  /** @param {'light' | 'dark' | 'system'} scheme */
  async function paint(scheme) {
    try {
      await appearance.set({ scheme });
    } catch (error) {
      const reason = refusal(/** @type {any} */ (error));
      say(gettext("Couldn't save. %(reason)s", { reason }));
    }
  }

  /** @type {Record<Action, () => void>} */
  const actions = {
    switcher: () => switcher?.toggle(),
    delivery: () => find(document, ChatDelivery)?.open(),
    sheet: () => find(document, ChatKeys)?.open(),
    previous: () => goBeside({ step: -1 }),
    next: () => goBeside({ step: 1 }),
    "previous-unread": () => goBeside({ step: -1, unread: true }),
    "next-unread": () => goBeside({ step: 1, unread: true }),
    "read-all": markAllRead,
    star: () => sidebar?.toggleStar(),
    message: write,
    status: setStatus,
    hide: () => hide(sidebar?.current ?? null),
    "next-region": () => regions.go(1),
    "previous-region": () => regions.go(-1),
    settings: () => visits.visit(urls.account),
    notify: () => sidebar?.notify(),
    inbox: () => visits.visit(urls.inbox),
    search: () => search.open(),
    "search-here": () => search.openHere(),
  };
  const here = () => sidebar?.current ?? null;
  const deeds = () => deedsOf({ actions, urls, inRoom: here() !== null, paint, mine });
  switcher?.attach({ destinations, deeds, go, here });
  wireKeys(actions);
  document.addEventListener("chat-hide", (event) =>
    hide(/** @type {CustomEvent} */ (event).detail),
  );
  document.addEventListener("chat-direct", (event) =>
    conversations.openWith(/** @type {CustomEvent} */ (event).detail.username),
  );
  document.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("[data-does]");
    if (!(button instanceof HTMLElement)) return;
    // A link that leads to a page for browsers without scripts; it still opens in a new tab.
    if (button.matches("a, summary")) {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
    }
    closeAll();
    actions[/** @type {Action} */ (button.dataset.does)]();
  });
}
