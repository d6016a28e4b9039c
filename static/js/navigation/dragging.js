/**
 * @typedef {object} Moves
 * @property {(slug: string, section: string, before: string | null) => void} room to another place: `before` another room there; null: to the end
 * @property {(section: string, before: string | null) => void} section one of my own, `before` another
 */

/**
 * Sort rooms by dragging them: within favourites and sections of my own, into them, and back among
 * the others; and sort my own sections.
 *
 * @param {HTMLElement} sidebar
 * @param {Moves} moves
 */
export function wireDragging(sidebar, moves) {
  /** @type {HTMLElement | null} */ let dragged = null;
  /** @type {HTMLElement | null} */ let goal = null;

  /** @param {HTMLElement | null} element @param {string} [side] */
  function show(element, side) {
    if (goal && goal !== element) delete goal.dataset.drop;
    goal = element;
    if (element) element.dataset.drop = side;
  }

  function end() {
    show(null);
    dragged = null;
  }

  sidebar.addEventListener("dragstart", ({ target, dataTransfer }) => {
    dragged = above(target, "[data-room], [data-own]");
    if (!dragged || !dataTransfer) return;
    dataTransfer.effectAllowed = "move";
    // Firefox drags nothing without data.
    const words = dragged.querySelector("a")?.href ?? dragged.dataset.section ?? "";
    dataTransfer.setData("text/plain", words);
  });
  sidebar.addEventListener("dragover", (event) => {
    const over = above(event.target, "[data-section]");
    const element = dragged && over && goalOf(dragged, over, event.target);
    if (!dragged || !element) return show(null);
    event.preventDefault();
    const { top, height } = element.getBoundingClientRect();
    const isInto = element === over && !dragged.dataset.section;
    show(element, isInto ? "into" : event.clientY < top + height / 2 ? "before" : "after");
  });
  sidebar.addEventListener("dragleave", (event) => {
    if (!sidebar.contains(/** @type {Node | null} */ (event.relatedTarget))) show(null);
  });
  sidebar.addEventListener("drop", (event) => {
    event.preventDefault();
    const [what, where, side] = [dragged, goal, goal?.dataset.drop];
    // Not on dragend, which a row that moved to another section no longer receives.
    end();
    if (!what || !where || what === where) return;
    const next = side === "into" ? null : side === "after" ? where.nextElementSibling : where;
    if (next === what) return;
    const { room, section = "" } = /** @type {HTMLElement | null} */ (next)?.dataset ?? {};
    if (what.dataset.section) return moves.section(what.dataset.section, section || null);
    const into = /** @type {HTMLElement} */ (where.closest("[data-section]")).dataset.section ?? "";
    moves.room(what.dataset.room ?? "", into, room ?? null);
  });
  sidebar.addEventListener("dragend", end);
}

/**
 * What the dragged room or section would go to: a room next to it, or a whole section; null if it
 * can't go there, or is there.
 *
 * @param {HTMLElement} dragged
 * @param {HTMLElement} section under the pointer
 * @param {EventTarget | null} target
 */
function goalOf(dragged, section, target) {
  if (dragged.dataset.section) return section.hasAttribute("data-own") ? section : null;
  if (section.hasAttribute("data-sorted")) return above(target, "[data-room]") ?? section;
  return section.contains(dragged) ? null : section;
}

/**
 * In Firefox the target may be a text.
 *
 * @param {EventTarget | null} target
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
function above(target, selector) {
  const element = target instanceof Text ? target.parentElement : target;
  return element instanceof Element ? element.closest(selector) : null;
}
