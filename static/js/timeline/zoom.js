/** @typedef {{width: number, height: number}} Size in CSS pixels */
/** @typedef {{x: number, y: number}} Point from the middle of the view */

const MOST = 4; // times as large as it fits, or twice its own pixels if that is more

/**
 * How large a picture is shown, and which part of it: no more than its own edges can be moved into
 * the view. Without a page, so that gestures and keys are tested as numbers.
 */
export class Zoom {
  scale = 1; // 1: the whole picture fits
  x = 0; // where its middle is, from the middle of the view
  y = 0;
  /** @type {Size} */ #view = { width: 1, height: 1 };
  /** @type {Size} */ #picture = { width: 1, height: 1 };

  /** Another picture or another window: begin with the whole. @param {Size} view @param {Size} picture */
  show(view, picture) {
    this.#view = view;
    this.#picture = picture;
    this.whole();
  }

  whole() {
    this.scale = 1;
    this.x = this.y = 0;
  }

  get isWhole() {
    return this.scale === 1;
  }

  /** As large as the view allows, but not larger than it is. @returns {Size} */
  get fitted() {
    const { width, height } = this.#picture;
    const scale = Math.min(1, this.#view.width / width, this.#view.height / height);
    return { width: width * scale, height: height * scale };
  }

  /** What one pixel of the picture is on the screen: 1 is its own size. */
  get share() {
    return (this.fitted.width * this.scale) / this.#picture.width;
  }

  get most() {
    return Math.max(MOST, (2 * this.#picture.width) / this.fitted.width);
  }

  /**
   * Zoom in by more than 1, out by less; what is at the point stays there.
   *
   * @param {number} factor
   * @param {Point} [point]
   */
  by(factor, { x, y } = { x: 0, y: 0 }) {
    const before = this.scale;
    this.scale = Math.min(this.most, Math.max(1, before * factor));
    const grown = this.scale / before;
    this.x = x - (x - this.x) * grown;
    this.y = y - (y - this.y) * grown;
    this.#clamp();
  }

  /** @param {number} dx @param {number} dy */
  move(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.#clamp();
  }

  #clamp() {
    const { width, height } = this.fitted;
    this.x = within(this.x, (width * this.scale - this.#view.width) / 2);
    this.y = within(this.y, (height * this.scale - this.#view.height) / 2);
  }
}

/** @param {number} value @param {number} most on either side; below 0: it stays in the middle */
const within = (value, most) => (most > 0 ? Math.min(most, Math.max(-most, value)) : 0);
