import { drawAvatar } from "./dom.js";

/** @typedef {import('./types.js').User} User */

const FACES = 2;

/**
 * Draw what is before a room's name: the sign of its kind, or for a conversation the pictures of
 * the first people in it.
 *
 * @param {HTMLElement} element
 * @param {{kind: string, people?: User[], mark?: string}} room
 */
export function drawMark(element, { kind, people = [], mark = "" }) {
  const faces = kind === "direct" ? people.slice(0, FACES) : [];
  const shown = JSON.stringify([mark, faces]);
  if (element.dataset.shows === shown) return; // pictures would flicker
  element.dataset.shows = shown;
  element.classList.toggle("faces", faces.length > 0);
  element.replaceChildren(...(faces.length > 0 ? faces.map(faceOf) : [mark]));
}

/** @param {User} person */
function faceOf(person) {
  const face = document.createElement("span");
  face.className = "avatar avatar--small";
  drawAvatar(face, person);
  return face;
}
