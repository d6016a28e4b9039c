/** What the scripts of Django's admin leave without a name, named for screen readers. */

/**
 * A field that completes a name. Select2 takes its name from what is chosen in it, so one in which
 * nothing is chosen has none.
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
  // Only what has a role may be named by an attribute.
  for (const icon of document.querySelectorAll(".search-label-icon")) {
    icon.setAttribute("role", "img");
  }
}

// The admin's scripts make these when the page is ready, and more of them with each row of a form.
new MutationObserver(nameEverything).observe(document, { childList: true, subtree: true });
