import { part, setText } from "../lib/dom.js";
import { formatNumber, gettext, isRightToLeft, locale } from "../lib/gettext.js";
import { displayName } from "../lib/labels.js";
import { formatFull } from "../lib/time.js";
import { altOf } from "../media/kinds.js";
import { Gestures } from "./gestures.js";
import { Zoom } from "./zoom.js";

/** @typedef {import('../protocol.js').Attachment} Attachment */
/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {{message: Message, picture: Attachment, at: number, of: number}} Shown at: its place among those of its message, from 1 */

const STEP = 1.5; // of a key or a button
const CLOSER = 2.5; // of a double tap
const PAN = 80; // px of a key
const percent = new Intl.NumberFormat(locale, { style: "percent" });

/**
 * The viewer: one picture whole, and on to the others of the conversation as far as it is loaded.
 */
export class Viewer {
  /** @type {Shown[]} */ #all = [];
  #at = 0;
  #zoom = new Zoom();
  #turn = 0; // counts the pictures, since one loads while another is shown
  #dialog;
  #stage;
  #image;
  #timeline;
  #session;
  /** @type {() => void} */ #forget = () => {};

  /** @param {import('./chat-timeline.js').ChatTimeline} timeline @param {import('../room/session.js').RoomSession} session */
  constructor(timeline, session) {
    this.#timeline = timeline;
    this.#session = session;
    this.#dialog = /** @type {HTMLDialogElement} */ (part(timeline, "viewer"));
    this.#stage = part(this.#dialog, "viewer-stage");
    this.#image = /** @type {HTMLImageElement} */ (part(this.#dialog, "viewer-picture"));
    this.#dialog.addEventListener("click", (event) => this.#click(event));
    this.#dialog.addEventListener("keydown", (event) => this.#key(event));
    this.#dialog.addEventListener("close", () => this.#closed());
    this.#image.addEventListener("error", () => this.#fail());
    new ResizeObserver(() => this.#fit()).observe(this.#stage);
    new Gestures(this.#stage, {
      isWhole: () => this.#zoom.isWhole,
      move: (dx, dy) => this.#move(dx, dy),
      zoom: (factor, at) => this.#zoomBy(factor, at),
      drag: (dx, dy) => this.#drag(dx, dy),
      swipe: (dx, dy) => this.#swipe(dx, dy),
      tap: (_, target) => target === this.#stage && this.#dialog.close(),
      doubleTap: (at) => (this.#zoom.isWhole ? this.#zoomBy(CLOSER, at) : this.#whole()),
    });
  }

  /** @param {string} id of the picture @param {HTMLElement} opener to return the focus to */
  open(id, opener) {
    this.#all = this.#collect();
    const at = this.#all.findIndex(({ picture }) => picture.id === id);
    if (at < 0) return;
    this.#forget = this.#session.on("draw", () => this.#follow());
    this.#dialog.showModal();
    this.#stage.focus();
    this.#show(at);
    const back = () => opener.isConnected && opener.focus({ preventScroll: true });
    this.#dialog.addEventListener("close", back, { once: true });
  }

  /** @returns {Shown[]} */
  #collect() {
    const { timeline, ignored } = this.#session;
    const isHidden = (/** @type {Message} */ message) =>
      ignored.has(message.author.id) && this.#timeline.folds.isFolded(message);
    return timeline.messages.filter((one) => !one.deleted && !isHidden(one)).flatMap(picturesOf);
  }

  /** A picture may be deleted, described or made ready while it is shown. */
  #follow() {
    const shown = this.#all[this.#at];
    this.#all = this.#all.flatMap((one) => {
      const now = this.#session.timeline.find(one.message.number);
      if (!now) return [one]; // no longer loaded
      return picturesOf(now).filter(({ picture }) => picture.id === one.picture.id);
    });
    const at = this.#all.findIndex(({ picture }) => picture.id === shown.picture.id);
    if (at < 0) return this.#dialog.close();
    this.#at = at;
    this.#describe();
  }

  #closed() {
    this.#forget();
    this.#turn += 1;
    this.#image.removeAttribute("src");
    this.#all = [];
  }

  // One picture

  /** @param {number} at */
  #show(at) {
    this.#at = at;
    this.#describe();
    this.#fit();
    this.#load();
    const { message, picture } = this.#all[at];
    const words = gettext("Picture %(place)s of %(all)s: %(alt)s", {
      place: formatNumber(at + 1),
      all: formatNumber(this.#all.length),
      alt: altOf(picture),
    });
    setText(part(this.#dialog, "viewer-status"), `${words}, ${displayName(message.author.name)}`);
  }

  #describe() {
    const { message, picture, at, of } = this.#all[this.#at];
    setText(part(this.#dialog, "viewer-author"), displayName(message.author.name));
    const place =
      of > 1
        ? gettext("%(place)s of %(all)s", { place: formatNumber(at), all: formatNumber(of) })
        : "";
    const facts = [formatFull(message.created_at), place].filter(Boolean).join(" · ");
    setText(part(this.#dialog, "viewer-facts"), facts);
    setText(part(this.#dialog, "viewer-caption"), picture.alt);
    this.#image.alt = altOf(picture);
    const get = /** @type {HTMLAnchorElement} */ (part(this.#dialog, "viewer-get"));
    get.href = picture.url;
    get.download = picture.name;
    this.#button("back").hidden = this.#at === 0;
    this.#button("on").hidden = this.#at === this.#all.length - 1;
  }

  /** The small picture is here already; the whole one follows. */
  async #load() {
    this.#turn += 1;
    const turn = this.#turn;
    const { picture } = this.#all[this.#at];
    this.#image.src = picture.thumbnail ?? picture.url;
    if (!picture.thumbnail) return;
    const whole = new Image();
    whole.src = picture.url;
    try {
      await whole.decode();
    } catch {
      if (turn === this.#turn) this.#fail();
      return;
    }
    if (turn !== this.#turn) return;
    this.#image.src = picture.url;
    this.#preload();
  }

  /** The next one is there at once. */
  #preload() {
    for (const at of [this.#at + 1, this.#at - 1]) {
      const picture = this.#all[at]?.picture;
      if (picture) new Image().src = picture.url;
    }
  }

  #fail() {
    const words = gettext("This picture couldn't be loaded.");
    setText(part(this.#dialog, "viewer-caption"), words);
    setText(part(this.#dialog, "viewer-status"), words);
  }

  // Zoom

  #fit() {
    const shown = this.#all[this.#at];
    if (!shown) return;
    const { clientWidth, clientHeight } = this.#stage;
    const { width, height } = shown.picture;
    const view = { width: clientWidth, height: clientHeight };
    this.#zoom.show(view, { width: width || 800, height: height || 600 });
    const { fitted } = this.#zoom;
    this.#image.style.width = `${fitted.width}px`;
    this.#image.style.height = `${fitted.height}px`;
    this.#place();
  }

  #place() {
    const { x, y, scale, share, isWhole, most } = this.#zoom;
    this.#image.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    this.#stage.classList.toggle("viewer__stage--zoomed", !isWhole);
    const button = part(this.#dialog, "viewer-scale");
    const words = percent.format(share);
    setText(button, words);
    button.ariaLabel = gettext("Show whole, now %(size)s", { size: words });
    /** @type {HTMLButtonElement} */ (this.#button("out")).disabled = isWhole;
    /** @type {HTMLButtonElement} */ (this.#button("in")).disabled = scale >= most;
  }

  /** @param {number} factor @param {import('./zoom.js').Point} [at] */
  #zoomBy(factor, at) {
    this.#zoom.by(factor, at);
    this.#place();
  }

  #whole() {
    this.#zoom.whole();
    this.#place();
  }

  /** @param {number} dx @param {number} dy */
  #move(dx, dy) {
    this.#zoom.move(dx, dy);
    this.#place();
  }

  // What is done

  /** @param {number} dx @param {number} dy */
  #drag(dx, dy) {
    const isSideways = Math.abs(dx) > Math.abs(dy);
    const [x, y] = isSideways ? [dx, 0] : [0, Math.max(0, dy)];
    this.#image.style.transform = `translate(${x}px, ${y}px)`;
  }

  /** Down closes it; sideways leads on, as one turns pages. @param {number} dx @param {number} dy */
  #swipe(dx, dy) {
    if (Math.abs(dy) > Math.abs(dx)) {
      if (dy > 0) this.#dialog.close();
    } else this.#step(dx < 0 === !isRightToLeft ? 1 : -1);
  }

  /** @param {number} by */
  #step(by) {
    const at = this.#at + by;
    if (!this.#all[at]) return;
    const focused = document.activeElement;
    this.#show(at);
    // The button that was pressed may be gone.
    if (focused instanceof HTMLElement && focused.hidden) this.#stage.focus();
  }

  /** @param {string} name */
  #button(name) {
    return /** @type {HTMLElement} */ (this.#dialog.querySelector(`[data-view="${name}"]`));
  }

  /** @type {Record<string, () => void>} */
  #does = {
    out: () => this.#zoomBy(1 / STEP),
    in: () => this.#zoomBy(STEP),
    whole: () => this.#whole(),
    back: () => this.#step(-1),
    on: () => this.#step(1),
    close: () => this.#dialog.close(),
  };

  /** @param {MouseEvent} event */
  #click({ target }) {
    const button = /** @type {Element} */ (target).closest("[data-view]");
    if (button instanceof HTMLElement) this.#does[button.dataset.view ?? ""]?.();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    event.stopPropagation(); // nothing here is a shortcut of the page
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const does = this.#keys[event.key];
    if (!does) return;
    event.preventDefault();
    does();
  }

  /** While it is zoomed in, the arrows move it. @type {Record<string, () => void>} */
  #keys = {
    "+": () => this.#zoomBy(STEP),
    "=": () => this.#zoomBy(STEP),
    "-": () => this.#zoomBy(1 / STEP),
    0: () => this.#whole(),
    ArrowLeft: () => this.#arrow(PAN, 0),
    ArrowRight: () => this.#arrow(-PAN, 0),
    ArrowUp: () => this.#move(0, PAN),
    ArrowDown: () => this.#move(0, -PAN),
    PageUp: () => this.#step(-1),
    PageDown: () => this.#step(1),
    Home: () => this.#step(-this.#at),
    End: () => this.#step(this.#all.length - 1 - this.#at),
  };

  /** @param {number} dx @param {number} dy */
  #arrow(dx, dy) {
    if (this.#zoom.isWhole) this.#step(dx < 0 === !isRightToLeft ? 1 : -1);
    else this.#move(dx, dy);
  }
}

/** @param {Message} message @returns {Shown[]} */
function picturesOf(message) {
  const { attachments = [] } = message;
  const pictures = attachments.filter(({ kind, ready = true }) => kind === "image" && ready);
  return pictures.map((picture, at) => ({ message, picture, at: at + 1, of: pictures.length }));
}
