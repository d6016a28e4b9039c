import { gettext } from "../lib/gettext.js";
import { isStill } from "../media/motion.js";

/** @typedef {import('./attachments.js').Attachment} Attachment */

const PLAYS_MS = 5000; // what moves by itself stops by itself (WCAG 2.2.2)
const SEEN = 0.6; // of it in view, before it plays

/** @type {WeakMap<Element, Animated>} */
const animations = new WeakMap();
/** @type {Set<string>} what has played by itself, by id */
const played = new Set();

const watcher =
  globalThis.IntersectionObserver &&
  new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries)
        if (isIntersecting) animations.get(target)?.begin();
        else animations.get(target)?.stop();
    },
    { threshold: SEEN },
  );

/**
 * Play an animated picture when it is first seen, for a few seconds, unless the reader wants nothing
 * to move; after that when it is asked for.
 *
 * @param {HTMLElement} tile @param {Attachment} attachment
 */
export function watchAnimation(tile, attachment) {
  animations.set(tile, new Animated(tile, attachment));
  watcher.observe(tile);
}

/** The button was pressed. @param {HTMLElement} tile */
export const toggleAnimation = (tile) => animations.get(tile)?.toggle();

class Animated {
  #tile;
  #button;
  #id;
  #address;
  /** @type {HTMLImageElement | null} */ #moving = null;
  /** @type {any} */ #timer = null;

  /** @param {HTMLElement} tile @param {Attachment} attachment */
  constructor(tile, { id, url }) {
    this.#tile = tile;
    this.#button = /** @type {HTMLElement} */ (tile.querySelector(".picture__play"));
    this.#id = id;
    this.#address = url;
    this.#button.hidden = false;
    this.#draw();
  }

  begin() {
    if (played.has(this.#id) || isStill()) return;
    played.add(this.#id);
    this.play();
  }

  toggle() {
    if (this.#moving) this.stop();
    else this.play();
  }

  play() {
    const image = new Image();
    image.className = "picture__image picture__moving";
    image.alt = "";
    image.draggable = false;
    image.addEventListener("load", () => {
      this.#timer = setTimeout(() => this.stop(), PLAYS_MS);
    });
    image.addEventListener("error", () => this.stop());
    image.src = this.#address;
    this.#moving = image;
    this.#tile.querySelector(".picture__open")?.append(image);
    this.#draw();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#moving?.remove();
    this.#moving = null;
    this.#draw();
  }

  #draw() {
    const moves = this.#moving !== null;
    this.#tile.classList.toggle("picture--moves", moves);
    this.#button.ariaLabel = moves ? gettext("Stop animation") : gettext("Play animation");
  }
}
