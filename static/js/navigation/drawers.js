import { gettext } from "../lib/gettext.js";
import { keep, local } from "../lib/storage.js";

const WIDE = { sidebar: matchMedia("(width >= 60rem)"), members: matchMedia("(width >= 75rem)") };
/** What each covers as a drawer: Tab must not reach what can't be seen. */
const BEHIND = { sidebar: ".app__main", members: ".app__header, .room__talk" };
const KEPT = "chatsite:members-open";

/** @typedef {keyof typeof WIDE} Name */

/**
 * Wire the side panels: columns if there is room, otherwise drawers over the page. A drawer takes
 * the focus, closes on Esc or a click outside, and gives the focus back.
 */
export function wireDrawers() {
  document.addEventListener("click", ({ target }) => {
    const button = /** @type {Element} */ (target).closest("[data-opens], [data-closes]");
    if (!(button instanceof HTMLElement)) return;
    const { opens, closes } = button.dataset;
    if (opens) toggle(/** @type {Name} */ (opens));
    if (closes) close(/** @type {Name} */ (closes));
  });
  document.addEventListener("keydown", (event) => {
    const open = document.querySelector("[data-drawer]");
    // A dialog is above a drawer, and closes first.
    if (event.key !== "Escape" || !open || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    close(/** @type {Name} */ (open.id));
  });
  for (const query of Object.values(WIDE)) query.addEventListener("change", settle);
}

/** The window was resized, or the text size changed. */
function settle() {
  closeAll();
  // A column that no longer fits would cover the page, or keep the focus.
  for (const name of /** @type {Name[]} */ (Object.keys(WIDE)))
    if (!WIDE[name].matches) close(name, { keeps: true });
  showColumns();
}

/** Show the columns of a new page as the reader left them. */
export function showColumns() {
  const panel = document.getElementById("members");
  if (!panel) return;
  panel.hidden = !WIDE.members.matches || local.getItem(KEPT) === "no";
  panel.removeAttribute("data-unsettled");
  mark("members", !panel.hidden);
}

/** @param {Name} name */
function toggle(name) {
  const panel = document.getElementById(name);
  if (!panel) return;
  if (WIDE[name].matches) {
    const open = panel.hidden === true;
    panel.hidden = !open;
    keep(local, KEPT, open ? "yes" : "no");
    return mark(name, open);
  }
  if (panel.hasAttribute("data-drawer")) return close(name);
  panel.hidden = false;
  panel.setAttribute("data-open", "");
  panel.setAttribute("data-drawer", "");
  const backdrop = document.createElement("button");
  backdrop.className = "backdrop";
  backdrop.type = "button";
  backdrop.setAttribute("aria-label", gettext("Close"));
  backdrop.dataset.closes = name;
  panel.before(backdrop);
  setBehind(name, true);
  mark(name, true);
  const current = panel.querySelector('[aria-current="page"], [data-closes]');
  if (current instanceof HTMLElement) current.focus();
}

/**
 * @param {Name} name
 * @param {{keeps?: boolean}} [how] `keeps`: the reader didn't ask for it, so their choice stays
 */
function close(name, { keeps = false } = {}) {
  const panel = document.getElementById(name);
  if (!panel) return;
  document.querySelector(".backdrop")?.remove();
  setBehind(name, false);
  const drawer = panel.hasAttribute("data-drawer");
  const hadFocus = panel.contains(document.activeElement);
  panel.removeAttribute("data-open");
  panel.removeAttribute("data-drawer");
  if (name === "members") panel.hidden = true;
  if (!drawer && !keeps && name === "members") keep(local, KEPT, "no");
  mark(name, false);
  const opener = document.querySelector(`[data-opens="${name}"]`);
  if (opener instanceof HTMLElement && (drawer || hadFocus)) opener.focus();
}

/** @param {Name} name @param {boolean} inert */
function setBehind(name, inert) {
  for (const element of document.querySelectorAll(BEHIND[name]))
    element.toggleAttribute("inert", inert);
}

/** Close the drawers that are over the page. */
export function closeAll() {
  for (const panel of document.querySelectorAll("[data-drawer]"))
    close(/** @type {Name} */ (panel.id));
}

/** @param {Name} name @param {boolean} open */
function mark(name, open) {
  document.querySelector(`[data-opens="${name}"]`)?.setAttribute("aria-expanded", String(open));
}
