import { oncePerFrame, part } from "../lib/dom.js";

const UNREAD = "a[data-unread], .sidebar__heading > .badge:not([hidden])";

/**
 * The pills above and below the list of rooms, which say that there is more unread out of sight, and
 * lead there.
 *
 * @param {HTMLElement} sidebar
 * @returns {() => void} looks again: what is unread changed
 */
export function wireUnseen(sidebar) {
  const list = part(sidebar, "rooms");
  const [above, below] = [part(sidebar, "unseen-above"), part(sidebar, "unseen-below")];
  const unread = () => [...list.querySelectorAll(UNREAD)];
  const isAbove = (/** @type {Element} */ one) => middle(one) < list.getBoundingClientRect().top;
  const isBelow = (/** @type {Element} */ one) => middle(one) > list.getBoundingClientRect().bottom;

  const look = oncePerFrame(() => {
    const rows = unread();
    above.hidden = !rows.length || !isAbove(rows[0]);
    below.hidden = !rows.length || !isBelow(rows[rows.length - 1]);
  });

  /** @param {Element | undefined} row */
  function lead(row) {
    row?.scrollIntoView({ block: "center" });
    // The pill may be gone now, and must not take the focus with it.
    const goal = row?.closest(".sidebar__item, .sidebar__heading")?.querySelector("a, button");
    if (goal instanceof HTMLElement) goal.focus({ preventScroll: true });
  }

  above.addEventListener("click", () => lead(unread().findLast(isAbove)));
  below.addEventListener("click", () => lead(unread().find(isBelow)));
  list.addEventListener("scroll", look, { passive: true });
  new ResizeObserver(look).observe(list);
  return look;
}

/** @param {Element} element */
function middle(element) {
  const { top, height } = element.getBoundingClientRect();
  return top + height / 2;
}
