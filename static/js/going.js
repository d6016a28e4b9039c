import { readAll } from "./all-read.js";
import { ChatDelivery } from "./elements/chat-delivery.js";
import { ChatKeys } from "./elements/chat-keys.js";
import { ChatSwitcher } from "./elements/chat-switcher.js";
import { closeAll } from "./elements/drawers.js";
import { offer, say } from "./elements/toast.js";
import { wireKeys } from "./keys.js";
import { find } from "./lib/elements.js";
import { gettext, ngettext } from "./lib/gettext.js";
import { refusal } from "./lib/words.js";
import { neighbour } from "./neighbour.js";

/** @typedef {import('./keys.js').Action} Action */

const UNDO_SECONDS = 10;

/**
 * Going about without the mouse: the switcher, the keys, and the buttons that do the same.
 *
 * @param {object} world
 * @param {import('./goals.js').Goals} world.goals
 * @param {import('./visits.js').Visits} world.visits
 * @param {import('./socket.js').ChatSocket} world.socket
 * @param {import('./unread.js').Unread} world.unread
 * @param {import('./elements/chat-sidebar.js').ChatSidebar | null} world.sidebar
 */
export function wireGoing({ goals, visits, socket, unread, sidebar }) {
  const switcher = find(document, ChatSwitcher);

  /** @param {import('./ranking.js').Goal} goal */
  async function go({ address, username }) {
    if (address) return visits.visit(address);
    try {
      const { room } = await socket.request({ type: "room.direct", people: [username] });
      await visits.visit(goals.addressOf(room.slug));
    } catch (error) {
      const reason = refusal(/** @type {any} */ (error));
      say(gettext("The conversation was not opened. %(reason)s", { reason }));
    }
  }

  /** @param {{step: 1 | -1, unread?: boolean}} how */
  function goBeside(how) {
    const room = neighbour(sidebar?.rooms ?? [], sidebar?.current ?? null, how);
    if (room) visits.visit(goals.addressOf(room.slug));
    else if (how.unread) say(gettext("There is nothing unread in another room."));
  }

  async function markAllRead() {
    try {
      const { count, undo } = await readAll({ socket, unread });
      if (count === 0) return say(gettext("There is nothing unread."));
      const take = () =>
        undo().then(
          () => say(gettext("It is unread again, as it was.")),
          (error) => say(gettext("It stays read. %(reason)s", { reason: refusal(error) })),
        );
      const words = ngettext(
        "Everything in %(count)s room is marked as read.",
        "Everything in %(count)s rooms is marked as read.",
        count,
      );
      offer(words, { label: gettext("Undo"), take, seconds: UNDO_SECONDS });
    } catch (error) {
      const reason = refusal(/** @type {any} */ (error));
      say(gettext("It was not marked as read. %(reason)s", { reason }));
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
  };
  switcher?.attach({ goals, go, here: () => sidebar?.current ?? null });
  wireKeys(actions);
  document.addEventListener("click", ({ target }) => {
    const button = /** @type {Element} */ (target).closest("[data-does]");
    if (!(button instanceof HTMLElement)) return;
    closeAll();
    actions[/** @type {Action} */ (button.dataset.does)]();
  });
}
