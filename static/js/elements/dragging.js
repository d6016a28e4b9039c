/**
 * Favourites are put in order by dragging, and other rooms among them.
 *
 * @param {HTMLElement} sidebar
 * @param {(slug: string, before: string | null) => void} move null: to the end
 */
export function wireDragging(sidebar, move) {
  const favourites = /** @type {HTMLElement} */ (sidebar.querySelector('[data-list="favourites"]'));
  /** @type {string | null} */ let dragged = null;
  /** @type {HTMLElement | null} */ let goal = null;

  /** @param {HTMLElement | null} row @param {'before' | 'after'} [side] */
  function show(row, side) {
    if (goal && goal !== row) delete goal.dataset.drop;
    goal = row;
    if (row) row.dataset.drop = side;
  }

  function end() {
    show(null);
    dragged = null;
  }

  sidebar.addEventListener("dragstart", (event) => {
    const row = rowOf(event.target);
    dragged = row?.dataset.room ?? null;
    if (!row || !event.dataTransfer) return;
    event.dataTransfer.effectAllowed = "move";
    // Firefox drags nothing without data.
    event.dataTransfer.setData("text/plain", row.querySelector("a")?.href ?? "");
  });
  favourites.addEventListener("dragover", (event) => {
    const row = rowOf(event.target);
    if (dragged === null || !row) return;
    event.preventDefault();
    const { top, height } = row.getBoundingClientRect();
    show(row, event.clientY < top + height / 2 ? "before" : "after");
  });
  favourites.addEventListener("dragleave", (event) => {
    if (!favourites.contains(/** @type {Node | null} */ (event.relatedTarget))) show(null);
  });
  favourites.addEventListener("drop", (event) => {
    event.preventDefault();
    const row = goal?.dataset.drop === "after" ? goal.nextElementSibling : goal;
    const before = /** @type {HTMLElement | null} */ (row)?.dataset.room ?? null;
    const slug = goal && before !== dragged ? dragged : null;
    // Not with its end, which a row that goes to another section does not hear of any more.
    end();
    if (slug !== null) move(slug, before);
  });
  sidebar.addEventListener("dragend", end);
}

/** @param {EventTarget | null} target @returns {HTMLElement | null} */
const rowOf = (target) => (target instanceof Element ? target.closest("[data-room]") : null);
