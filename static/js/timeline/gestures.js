/** @typedef {import('./zoom.js').Point} Point */

const SWIPE = 60; // px: a shorter movement is a tap that slipped
const TAP = 8;
const DOUBLE_MS = 300;

/**
 * What hands do with a picture: drag, pinch, swipe, double tap. Points are counted from the middle
 * of the element.
 *
 * @typedef {object} Does
 * @property {() => boolean} isWhole nothing to drag: a movement is a swipe
 * @property {(dx: number, dy: number) => void} move
 * @property {(factor: number, at: Point) => void} zoom
 * @property {(dx: number, dy: number) => void} drag while it may become a swipe
 * @property {(dx: number, dy: number) => void} swipe
 * @property {(at: Point, target: EventTarget | null) => void} tap
 * @property {(at: Point) => void} doubleTap
 */
export class Gestures {
  /** @type {Map<number, Point>} the fingers, or the mouse */ #pointers = new Map();
  /** @type {Point} */ #from = { x: 0, y: 0 };
  #span = 0; // between two fingers
  #isPinch = false;
  #lastTap = 0;
  #element;
  #does;

  /** @param {HTMLElement} element @param {Does} does */
  constructor(element, does) {
    this.#element = element;
    this.#does = does;
    element.addEventListener("pointerdown", (event) => this.#down(event));
    element.addEventListener("pointermove", (event) => this.#move(event));
    element.addEventListener("pointerup", (event) => this.#up(event));
    element.addEventListener("pointercancel", (event) => this.#up(event, { cancelled: true }));
    element.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  /** @param {MouseEvent} event @returns {Point} */
  #pointOf({ clientX, clientY }) {
    const { left, top, width, height } = this.#element.getBoundingClientRect();
    return { x: clientX - left - width / 2, y: clientY - top - height / 2 };
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.button !== 0) return;
    const point = this.#pointOf(event);
    this.#element.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, point);
    if (this.#pointers.size === 1) {
      this.#from = point;
      this.#isPinch = false;
    } else {
      this.#isPinch = true;
      this.#span = this.#spread;
      this.#does.drag(0, 0);
    }
  }

  get #spread() {
    const [one, other] = this.#pointers.values();
    return Math.hypot(one.x - other.x, one.y - other.y);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const point = this.#pointOf(event);
    this.#pointers.set(event.pointerId, point);
    if (this.#pointers.size > 1) this.#pinch();
    else if (this.#isPinch || !this.#does.isWhole())
      this.#does.move(point.x - before.x, point.y - before.y);
    else this.#does.drag(point.x - this.#from.x, point.y - this.#from.y);
  }

  #pinch() {
    const [one, other] = this.#pointers.values();
    const span = this.#spread;
    if (this.#span > 0 && span > 0)
      this.#does.zoom(span / this.#span, { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 });
    this.#span = span;
  }

  /** @param {PointerEvent} event @param {{cancelled?: boolean}} [how] */
  #up(event, { cancelled = false } = {}) {
    const point = this.#pointers.get(event.pointerId);
    this.#pointers.delete(event.pointerId);
    if (!point || this.#pointers.size > 0) return;
    const [dx, dy] = [point.x - this.#from.x, point.y - this.#from.y];
    const far = Math.hypot(dx, dy);
    const isWhole = this.#does.isWhole();
    if (isWhole) this.#does.drag(0, 0);
    if (cancelled || this.#isPinch) return;
    if (far <= TAP) this.#tap(point, event);
    else if (isWhole && far >= SWIPE) this.#does.swipe(dx, dy);
  }

  /** @param {Point} point @param {PointerEvent} event */
  #tap(point, { timeStamp, clientX, clientY }) {
    const isDouble = timeStamp - this.#lastTap < DOUBLE_MS;
    this.#lastTap = isDouble ? 0 : timeStamp;
    // The pointer was captured, so the event is the element's.
    if (isDouble) this.#does.doubleTap(point);
    else this.#does.tap(point, document.elementFromPoint(clientX, clientY));
  }

  /** A wheel zooms; a trackpad's pinch is a wheel with Ctrl. @param {WheelEvent} event */
  #wheel(event) {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1;
    const speed = event.ctrlKey ? 0.01 : 0.002;
    this.#does.zoom(Math.exp(-event.deltaY * lines * speed), this.#pointOf(event));
  }
}
