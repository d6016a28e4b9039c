import { showEmoji } from "../emoji/custom-emoji.js";
import { setText } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";

/** @typedef {import('./attendance.js').Attendance} Attendance */

const SCAN_MS = 100;
const SHOWN = "[data-whose]";
const PLAIN = "💬"; // of a status without an emoji

const WORDS = {
  online: gettext("online"),
  idle: gettext("idle"),
  offline: gettext("offline"),
};
const QUIET = gettext("do not disturb");

/**
 * Draw everyone's signs: in each element with the id of a person in `data-whose`, whatever drew it,
 * the dot that says whether they are at the site (class `presence`) or their status (`status`). The
 * people of these elements are the ones whom the page watches.
 *
 * @param {Document} page
 * @param {Attendance} attendance
 */
export function drawSigns(page, attendance) {
  let isDue = false;
  const draw = () => {
    for (const element of page.querySelectorAll(SHOWN))
      drawSign(/** @type {HTMLElement} */ (element), attendance);
  };
  const scan = () => {
    isDue = false;
    const shown = [...page.querySelectorAll(SHOWN)];
    const ids = shown.map((element) => Number(/** @type {HTMLElement} */ (element).dataset.whose));
    attendance.show("signs", [...new Set(ids)].filter(Boolean));
    draw();
  };
  const scanSoon = () => {
    if (isDue) return;
    isDue = true;
    setTimeout(scan, SCAN_MS);
  };
  attendance.on("change", draw);
  new MutationObserver(scanSoon).observe(page.body, {
    attributeFilter: ["data-whose"],
    childList: true,
    subtree: true,
  });
  scan();
}

/** @param {HTMLElement} element @param {Attendance} attendance */
function drawSign(element, attendance) {
  const { presence, status, quiet } = attendance.of(Number(element.dataset.whose));
  if (element.classList.contains("presence")) {
    element.dataset.presence = presence ? (quiet ? "quiet" : presence) : "";
    const words = presence ? [WORDS[presence], quiet && QUIET].filter(Boolean).join(", ") : "";
    const said = element.firstElementChild ?? element;
    setText(said, words);
    if (said !== element) element.title = words;
    return;
  }
  const { emoji = "", text = "" } = status ?? {};
  element.hidden = !status;
  element.title = text;
  const [mark, words] = element.children;
  showEmoji(/** @type {HTMLElement} */ (mark), status ? emoji || PLAIN : "", status ?? {});
  setText(words, text || emoji);
}
