import { branch } from "./tree.js";

const NO_MOTION = "(prefers-reduced-motion: reduce)";

/**
 * One of the site's own emoji, as rooms/text/pictures.py writes it.
 *
 * @param {import('../emoji/custom-emoji.js').CustomEmoji} emoji
 */
export function pictureOf({ name, picture, still }) {
  const alt = `:${name}:`;
  const image = branch("img", [], { class: "emoji", src: picture, alt, title: alt });
  if (!still) return image;
  return branch("picture", [branch("source", [], { media: NO_MOTION, srcset: still }), image]);
}
