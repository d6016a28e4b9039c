/** What the emoji picker is drawn with. */

import { showEmoji } from "./custom-emoji.js";

const CELL = 36; // pixels, as in css/emoji.css
export const COLUMNS = 8; // likewise; a narrow screen may have more

/**
 * A group of emoji.
 *
 * @param {{name: string, emoji: string[]}} group
 * @param {Map<string, string>} names with a shortcode, by emoji
 */
export function sectionOf({ name, emoji }, names) {
  const section = document.createElement("section");
  section.className = "emoji__group";
  section.ariaLabel = name;
  const rows = Math.ceil(emoji.length / COLUMNS);
  section.style.containIntrinsicBlockSize = `auto ${rows * CELL + 28}px`;
  const title = document.createElement("h3");
  title.className = "emoji__title";
  title.textContent = name;
  const grid = document.createElement("div");
  grid.className = "emoji__grid";
  grid.append(...emoji.map((one) => buttonOf(one, names)));
  section.append(title, grid);
  return section;
}

/** @param {string} emoji @param {Map<string, string>} names */
function buttonOf(emoji, names) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "emoji__one";
  button.tabIndex = -1;
  button.value = emoji;
  showEmoji(button, emoji);
  button.ariaLabel = (names.get(emoji) ?? emoji).replace(/ :.*/, "");
  return button;
}

/** The button that leads to a group. @param {{name: string, mark?: string}} group */
export function tabOf({ name, mark = "" }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "emoji__tab";
  button.value = name;
  button.title = name;
  button.ariaLabel = name;
  button.textContent = mark;
  return button;
}
