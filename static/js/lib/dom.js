import { initials } from "./words.js";

/**
 * The element that a template calls data-part="…".
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

/** What is written in a field, without the blanks around it. @param {ParentNode} within @param {string} name of its part */
export function written(within, name) {
  return /** @type {HTMLInputElement} */ (part(within, name)).value.trim();
}

/** @param {ParentNode} within @param {string} name @returns {HTMLElement} a copy of its first element */
export function cloneTemplate(within, name) {
  // Not part(): a row drawn from a template has parts of the same names.
  const template = within.querySelector(`template[data-part="${name}"]`);
  const { content } = /** @type {HTMLTemplateElement} */ (template);
  const copy = /** @type {HTMLElement | null} */ (content.firstElementChild?.cloneNode(true));
  if (!copy) throw new Error(`The template ${name} is empty`);
  return copy;
}

/**
 * Whether an element has a box in the page. Instead of its `checkVisibility`, which Safari has only
 * from 17.4 on.
 *
 * @param {Element} element
 */
export const isShown = (element) => element.getClientRects().length > 0;

/** Writes only what differs, so that an unchanged text stays selected. @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Turns a span.avatar into this person's picture or initials.
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
 * Runs at most once per frame. In a hidden tab there are no frames, so a timer stands in: titles and
 * unread counts are looked at exactly when the tab is not.
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

export const touch = matchMedia("(pointer: coarse)");
