/** What Django's admin lacks: accessible names, times in the reader's zone, keys for the queues. */
import { keep, local } from "./lib/storage.js";
import { formatFull } from "./lib/time.js";

// Names

/**
 * Name an autocomplete field. Select2 names it after the chosen option, so it has no name while
 * nothing is chosen.
 *
 * @param {HTMLElement} field
 */
function nameAfterLabel(field) {
  const select = field.closest(".related-widget-wrapper, .form-row")?.querySelector("select");
  const label = select?.labels?.[0];
  const shown = field.querySelector(".select2-selection__rendered");
  if (!select || !label || !shown) return;
  label.id ||= `${select.id}_label`;
  field.setAttribute("aria-labelledby", `${label.id} ${shown.id}`);
  shown.setAttribute("aria-labelledby", label.id);
}

function nameEverything() {
  for (const field of document.querySelectorAll(".select2-selection")) {
    nameAfterLabel(/** @type {HTMLElement} */ (field));
  }
  // Only an element with a role may be named by an attribute.
  for (const icon of document.querySelectorAll(".search-label-icon")) {
    icon.setAttribute("role", "img");
  }
}

// The admin's scripts create these when the page is ready, and more with each new form row.
new MutationObserver(nameEverything).observe(document, { childList: true, subtree: true });

// Times

for (const element of document.querySelectorAll("time[data-utc]")) {
  const time = /** @type {HTMLTimeElement} */ (element);
  time.title = time.textContent ?? "";
  time.textContent = formatFull(time.dateTime);
}

// Keys

const OFF = "desk-keys-off";
const EDITED = "input:not([type=checkbox], [type=submit]), textarea, select, [role=combobox]";
const legend = document.getElementById("desk-keys");
const box = /** @type {HTMLInputElement | null} */ (document.getElementById("desk-keys-on"));
const keyed = /** @type {NodeListOf<HTMLElement>} */ (
  document.querySelectorAll("[data-key], [data-row-key]")
);

/** The letters on the buttons, or none. */
function showKeys() {
  for (const button of keyed) {
    button.querySelector("kbd")?.remove();
    if (!box?.checked) continue;
    const key = document.createElement("kbd");
    key.ariaHidden = "true";
    key.textContent = (button.dataset.key ?? button.dataset.rowKey ?? "").toUpperCase();
    button.append(key);
  }
}

/** Go to the row below (1) or above (-1). @param {number} step */
function moveBy(step) {
  const rows = [...document.querySelectorAll("#result_list tbody tr")];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const row = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step];
  /** @type {HTMLElement | null | undefined} */ (row?.querySelector("a, button"))?.focus();
}

/** @param {KeyboardEvent} event */
function press(event) {
  const { key, target } = event;
  if (!box?.checked || event.ctrlKey || event.altKey || event.metaKey || key.length > 1) return;
  if (!(target instanceof Element) || target.closest(EDITED)) return;
  const letter = key.toLowerCase();
  const own = [...keyed].find(({ dataset }) => dataset.key === letter);
  const row = target.closest("tr");
  const inRow = [...keyed].find(
    (button) => button.dataset.rowKey === letter && row?.contains(button),
  );
  if (own instanceof HTMLAnchorElement) own.click();
  // What can't be taken back isn't done by a letter alone.
  else if (own ?? inRow) (own ?? inRow)?.focus();
  else if (letter === "j" || letter === "k") moveBy(letter === "j" ? 1 : -1);
  else return;
  event.preventDefault();
}

if (legend && box) {
  legend.hidden = false;
  box.checked = local.getItem(OFF) === null;
  box.addEventListener("change", () => {
    showKeys();
    if (box.checked) local.removeItem(OFF);
    else keep(local, OFF, "1");
  });
  document.addEventListener("keydown", press);
  showKeys();
}
