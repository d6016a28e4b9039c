import { part, setText } from "../lib/dom.js";
import { formatNumber, gettext, isRightToLeft, locale } from "../lib/gettext.js";
import { displayName, refusal } from "../lib/labels.js";
import { formatFull } from "../lib/time.js";
import { altOf } from "../media/kinds.js";
import { Gestures } from "./gestures.js";
import { Pictures } from "./pictures.js";
import { Zoom } from "./zoom.js";

/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('./pictures.js').Direction} Direction */

const STEP = 1.5; // of a key or a button
const CLOSER = 2.5; // of a double tap
const PAN = 80; // px of a key
const percent = new Intl.NumberFormat(locale, { style: "percent" });

/**
 * The viewer: one picture whole, and on to the others of the conversation.
 */
export class Viewer {
  /** @type {Pictures | null} while it is open */ #pictures = null;
  #shown = ""; // the id of the picture
  #isLooking = false; // for more pictures
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
    const { timeline, ignored, history } = this.#session;
    this.#pictures = new Pictures({
      timeline,
      beside: (...which) => history.beside(...which),
      isHidden: (message) =>
        ignored.has(message.author.id) && this.#timeline.folds.isFolded(message),
    });
    const at = this.#pictures.indexOf(id);
    if (at < 0) return;
    this.#forget = this.#session.on("draw", () => this.#follow());
    this.#dialog.showModal();
    this.#stage.focus();
    this.#show(at);
    const back = () => opener.isConnected && opener.focus({ preventScroll: true });
    this.#dialog.addEventListener("close", back, { once: true });
  }

  get #all() {
    return this.#pictures?.all ?? [];
  }

  get #at() {
    return this.#pictures?.indexOf(this.#shown) ?? -1;
  }

  #follow() {
    this.#pictures?.refresh((number) => this.#session.timeline.find(number));
    if (this.#at < 0) return this.#dialog.close();
    this.#describe();
  }

  #closed() {
    this.#forget();
    this.#turn += 1;
    this.#image.removeAttribute("src");
    this.#pictures = null;
  }

  // One picture

  /** @param {number} at */
  #show(at) {
    const { message, picture } = this.#all[at];
    this.#shown = picture.id;
    this.#describe();
    this.#fit();
    this.#load();
    const words = gettext("Picture %(place)s of %(all)s: %(alt)s", {
      place: formatNumber(at + 1),
      all: formatNumber(this.#all.length),
      alt: altOf(picture),
    });
    setText(part(this.#dialog, "viewer-status"), `${words}, ${displayName(message.author.name)}`);
  }

  #describe() {
    const index = this.#at;
    const { message, picture, at, of } = this.#all[index];
    setText(part(this.#dialog, "viewer-author"), displayName(message.author.name));
    const place =
      of > 1
        ? gettext("%(place)s of %(all)s", { place: formatNumber(at), all: formatNumber(of) })
        : "";
    const facts = [place, formatFull(message.created_at)].filter(Boolean).join(" · ");
    setText(part(this.#dialog, "viewer-facts"), facts);
    setText(part(this.#dialog, "viewer-caption"), picture.alt);
    this.#image.alt = altOf(picture);
    const get = /** @type {HTMLAnchorElement} */ (part(this.#dialog, "viewer-get"));
    get.href = picture.url;
    get.download = picture.name;
    const goesOn = (/** @type {Direction} */ direction) => this.#pictures?.goesOn(direction);
    this.#button("back").hidden = index === 0 && !goesOn("before");
    this.#button("on").hidden = index === this.#all.length - 1 && !goesOn("after");
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
    this.#say(gettext("This picture couldn't be loaded."));
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
    const direction = by < 0 ? "before" : "after";
    if (this.#all[at]) this.#keepingFocus(() => this.#show(at));
    else if (this.#pictures?.goesOn(direction)) this.#look(direction);
  }

  /** Go on beyond what the page shows. @param {Direction} direction */
  async #look(direction) {
    const pictures = this.#pictures;
    if (this.#isLooking || !pictures) return;
    const turn = this.#turn;
    this.#isLooking = true;
    this.#say(gettext("Looking for more pictures…"));
    let trouble = "";
    try {
      if (!(await pictures.find(direction))) trouble = noneIn(direction, pictures);
    } catch (error) {
      trouble = refusal(/** @type {any} */ (error));
    }
    this.#isLooking = false;
    if (pictures !== this.#pictures) return; // closed
    if (!trouble && turn === this.#turn) return this.#step(direction === "before" ? -1 : 1);
    this.#keepingFocus(() => this.#describe());
    if (trouble) this.#say(trouble);
  }

  /** The button that was pressed may be gone. @param {() => void} act */
  #keepingFocus(act) {
    const focused = document.activeElement;
    act();
    if (focused instanceof HTMLElement && focused.hidden) this.#stage.focus();
  }

  /** In place of the picture's description. @param {string} words */
  #say(words) {
    setText(part(this.#dialog, "viewer-caption"), words);
    setText(part(this.#dialog, "viewer-status"), words);
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

/** @param {Direction} direction @param {Pictures} pictures */
function noneIn(direction, pictures) {
  if (pictures.goesOn(direction))
    return gettext("No pictures found yet. Press again to look further.");
  return direction === "before" ? gettext("No earlier pictures") : gettext("No later pictures");
}
