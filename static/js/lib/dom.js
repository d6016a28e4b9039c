import { initials } from "./labels.js";

/**
 * The element that a template names data-part="…".
 *
 * @param {ParentNode} within
 * @param {string} name
 * @returns {HTMLElement}
 */
export function part(within, name) {
  const found = within.querySelector(`[data-part="${name}"]`);
  if (!found) throw new Error(`The page has no part ${name}`);
  return /** @type {HTMLElement} */ (found);
}

/** The trimmed value of a field. @param {ParentNode} within @param {string} name its part */
export function written(within, name) {
  return /** @type {HTMLInputElement} */ (part(within, name)).value.trim();
}

/**
 * @param {ParentNode} within
 * @param {string} name
 * @returns {HTMLElement} a copy of the template's first element
 */
export function cloneTemplate(within, name) {
  // Not part(): a row drawn from a template has parts of the same names.
  const template = within.querySelector(`template[data-part="${name}"]`);
  const { content } = /** @type {HTMLTemplateElement} */ (template);
  const copy = /** @type {HTMLElement | null} */ (content.firstElementChild?.cloneNode(true));
  if (!copy) throw new Error(`The template ${name} is empty`);
  return copy;
}

/**
 * Whether an element has a box on the page. Safari has `checkVisibility` only from 17.4.
 *
 * @param {Element} element
 */
export const isShown = (element) => element.getClientRects().length > 0;

/**
 * Write only if the text differs, so that a selection in it survives.
 *
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Turn a span.avatar into a person's picture or initials.
 *
 * @param {HTMLElement} element
 * @param {{id: number, name: string, avatar: string | null}} person
 */
export function drawAvatar(element, { id, name, avatar }) {
  element.classList.add("avatar", `avatar--hue-${id % 12}`);
  if (!avatar) return setText(element, initials(name));
  const image = document.createElement("img");
  image.className = "avatar__image";
  image.src = avatar;
  image.alt = "";
  image.loading = "lazy";
  element.replaceChildren(image);
}

/**
 * Show the signs of a person in this part of the page, or nobody's (js/people/signs.js).
 *
 * @param {ParentNode} root
 * @param {number | null | undefined} id
 */
export function setWhose(root, id) {
  const whose = String(id ?? "");
  for (const element of root.querySelectorAll("[data-whose]")) {
    const sign = /** @type {HTMLElement} */ (element);
    if (sign.dataset.whose !== whose) sign.dataset.whose = whose;
  }
}

/**
 * Run at most once per frame. A hidden tab has no frames, so a timer stands in: titles and unread
 * counts matter most when the tab is in the background.
 *
 * @param {() => void} run
 */
export function oncePerFrame(run) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    const go = () => {
      if (!waiting) return;
      waiting = false;
      run();
    };
    requestAnimationFrame(go);
    setTimeout(go, 100);
  };
}

/**
 * Run in the frame after the next, so that what was drawn so far is painted first.
 *
 * @param {() => void} run
 */
export function afterPaint(run) {
  const later = oncePerFrame(run);
  oncePerFrame(later)();
}

export const touch = matchMedia("(pointer: coarse)");
