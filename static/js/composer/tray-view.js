import { cloneTemplate, part, setText } from "../lib/dom.js";
import { keepFocus } from "../lib/focus.js";
import { formatNumber, formatPercent, gettext, isRightToLeft } from "../lib/gettext.js";
import { KeyedList } from "../lib/keyed.js";
import { formatSize } from "../lib/size.js";
import { FileDialog } from "./file-dialog.js";
import { isComplete } from "./files.js";
import { announce } from "./tray.js";

/** @typedef {import('../lib/types.js').LocalFile} LocalFile */
/** @typedef {{key: string, file: LocalFile, at: number, count: number, picture: string}} Row */

const OPEN = '[data-part="open"]';
const EXTENSION = /[^.]\.([a-z0-9]{1,4})$/i;

/**
 * The composer's files: one tab stop, arrow keys from file to file, Shift with them moves a file,
 * Delete removes it, Enter opens what can be done with it, Escape leads back to the text.
 */
export class TrayView {
  #section;
  #list;
  /** @type {KeyedList<Row>} */ #keyed;
  #tray;
  #files;
  #dialog;
  /** @type {string | null} the key of the tab stop */ #stop = null;
  /** @type {string | null} the key of the file that is dragged */ #dragged = null;
  /** @type {Map<string, string | undefined>} why files can't be sent, as it was said */ #said =
    new Map();
  #wasBusy = false;

  /**
   * @param {HTMLElement} composer
   * @param {import('./tray.js').Tray} tray
   * @param {import('./files.js').Files} files
   */
  constructor(composer, tray, files) {
    this.#tray = tray;
    this.#files = files;
    this.#section = part(composer, "tray");
    this.#list = part(composer, "tray-list");
    this.#keyed = new KeyedList(
      this.#list,
      () => cloneTemplate(composer, "tray-file"),
      (node, row) => this.#drawFile(node, row),
    );
    this.#dialog = new FileDialog(part(document, "file-dialog"), {
      files,
      move: (key, step) => this.#move(key, step),
      remove: (key) => this.#remove(key),
      restoreText: (key) => tray.restoreText(key),
      order: () => tray.files,
      closed: (key) => this.focus(key),
    });
    this.#list.addEventListener("click", (event) => this.#click(event));
    this.#list.addEventListener("keydown", (event) => this.#key(event));
    this.#list.addEventListener("focusin", ({ target }) => this.#stopAt(keyIn(target)));
    for (const type of ["dragstart", "dragover", "drop", "dragend"])
      this.#list.addEventListener(type, (event) => this.#drag(/** @type {DragEvent} */ (event)));
  }

  draw() {
    const { files } = this.#tray;
    const rows = files.map((file, at) => ({
      key: file.key,
      file,
      at,
      count: files.length,
      picture: file.kind === "image" ? this.#files.addressOf(file.key) : "",
    }));
    const next = () => this.#nodeOf(this.#stop)?.querySelector(OPEN);
    const field = this.#section.closest("form")?.querySelector("textarea");
    const show = () => {
      this.#section.hidden = files.length === 0;
      this.#keyed.draw(rows);
      if (!files.some(({ key }) => key === this.#stop)) this.#stopAt(files[0]?.key ?? null);
    };
    keepFocus(this.#section, show, next, field);
    this.#dialog.draw();
    this.#speak(files);
  }

  /** @param {string} key */
  focus(key) {
    const button = this.#nodeOf(key)?.querySelector(OPEN);
    if (!(button instanceof HTMLElement)) return;
    button.focus();
    button.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** @param {HTMLElement} node @param {Row} row */
  #drawFile(node, { key, file, at, count, picture }) {
    node.dataset.key = key;
    node.dataset.kind = file.kind;
    const state = stateOf(file);
    node.dataset.state = state;
    this.#drawPicture(node, file, picture);
    setText(part(node, "name"), file.name);
    setText(part(node, "facts"), file.reason ?? factsOf(file, state));
    part(node, "facts").title = file.reason ?? "";
    part(node, "described").hidden = file.kind !== "image" || state === "failed";
    part(node, "described").classList.toggle("tray__described--done", file.alt !== "");
    setText(part(node, "described"), file.alt ? gettext("Described") : gettext("Describe"));
    const progress = file.size ? (file.sent ?? 0) / file.size : 1;
    node.style.setProperty("--progress", String(Math.round(progress * 100) / 100));
    part(node, "retry").hidden = state !== "failed" || file.final === true;
    const place = gettext("%(at)s of %(count)s", {
      at: formatNumber(at + 1),
      count: formatNumber(count),
    });
    setText(part(node, "place"), count > 1 ? place : "");
    part(node, "remove").ariaLabel = gettext("Remove %(name)s", { name: file.name });
  }

  /** @param {HTMLElement} node @param {LocalFile} file @param {string} address */
  #drawPicture(node, { name, kind }, address) {
    const image = /** @type {HTMLImageElement} */ (part(node, "picture"));
    const extension = EXTENSION.exec(name)?.[1].toUpperCase() ?? "";
    setText(part(node, "extension"), kind === "image" ? "" : extension);
    if (!address || image.getAttribute("src") === address) return;
    image.src = address;
    image.hidden = false;
    // Such as a HEIC picture outside Safari.
    image.onerror = () => {
      image.hidden = true;
      setText(part(node, "extension"), extension);
    };
  }

  /** What a screen reader's user must know of; not each step. @param {LocalFile[]} files */
  #speak(files) {
    const failed = files.find(({ key, reason }) => reason && this.#said.get(key) !== reason);
    this.#said = new Map(files.map(({ key, reason }) => [key, reason]));
    const isBusy = files.some((file) => stateOf(file) === "sending");
    if (failed)
      announce(gettext("%(name)s: %(reason)s", { name: failed.name, reason: failed.reason ?? "" }));
    else if (this.#wasBusy && !isBusy && files.length > 0) announce(gettext("Ready to send."));
    this.#wasBusy = isBusy;
  }

  /** @param {MouseEvent} event */
  #click({ target }) {
    const action = /** @type {Element} */ (target).closest("[data-action]");
    const key = keyIn(target);
    if (!(action instanceof HTMLElement) || !key) return;
    if (action.dataset.action === "open") this.#dialog.open(key);
    if (action.dataset.action === "retry") this.#files.change(key, { reason: undefined });
    if (action.dataset.action === "remove") this.#remove(key);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const key = keyIn(event.target);
    if (!key || event.altKey || event.ctrlKey || event.metaKey) return;
    const isOpener = /** @type {Element} */ (event.target).matches(OPEN);
    const forward = isRightToLeft ? "ArrowLeft" : "ArrowRight";
    const back = isRightToLeft ? "ArrowRight" : "ArrowLeft";
    const step = event.key === forward ? 1 : event.key === back ? -1 : 0;
    if (step && event.shiftKey) this.#move(key, step);
    else if (step) this.#focusNext(key, step);
    else if (["Delete", "Backspace"].includes(event.key)) this.#remove(key);
    else if (event.key === "Escape")
      this.#section.closest("form")?.querySelector("textarea")?.focus();
    else if (isOpener && ["Enter", " "].includes(event.key)) this.#dialog.open(key);
    else return;
    event.preventDefault();
  }

  /** @param {string} key @param {number} step */
  #focusNext(key, step) {
    const { files } = this.#tray;
    const at = files.findIndex((file) => file.key === key);
    const next = files[(at + step + files.length) % files.length];
    if (next) this.focus(next.key);
  }

  /** @param {string} key @param {number} step */
  #move(key, step) {
    const { files } = this.#tray;
    const from = files.findIndex((file) => file.key === key);
    const to = from + step;
    if (from < 0 || to < 0 || to >= files.length) return;
    const hadFocus = this.#nodeOf(key)?.contains(document.activeElement);
    const keys = files
      .map((file) => file.key)
      .toSpliced(from, 1)
      .toSpliced(to, 0, key);
    this.#files.arrange(keys);
    this.draw();
    if (hadFocus) this.focus(key); // its node was moved
    announce(
      gettext("%(name)s is now %(at)s of %(count)s.", {
        name: files[from].name,
        at: formatNumber(to + 1),
        count: formatNumber(files.length),
      }),
    );
  }

  /** @param {string} key */
  #remove(key) {
    const { files } = this.#tray;
    const at = files.findIndex((file) => file.key === key);
    if (at < 0) return;
    const next = files[at + 1] ?? files[at - 1];
    this.#stop = next?.key ?? null;
    this.#files.remove([key]);
    this.draw();
    announce(gettext("%(name)s removed.", { name: files[at].name }));
  }

  /** Sort by dragging. @param {DragEvent} event */
  #drag(event) {
    const { type, target, clientX, dataTransfer } = event;
    const key = keyIn(target);
    if (type === "dragstart" && dataTransfer && key) {
      this.#dragged = key;
      dataTransfer.effectAllowed = "move";
      dataTransfer.setData("text/plain", this.#files.get(key)?.name ?? ""); // Firefox drags nothing without data
    }
    if (type === "dragend") this.#endDrag();
    if (!this.#dragged || !["dragover", "drop"].includes(type)) return;
    event.preventDefault();
    const goal = key ? this.#nodeOf(key) : undefined;
    if (!goal || key === this.#dragged) return type === "drop" ? this.#endDrag() : undefined;
    const { left, width } = goal.getBoundingClientRect();
    const isAfter = clientX > left + width / 2 !== isRightToLeft;
    this.#mark(goal, isAfter ? "after" : "before");
    if (type === "drop") this.#dropAt(/** @type {string} */ (key), isAfter);
  }

  /** @param {string} goal @param {boolean} isAfter */
  #dropAt(goal, isAfter) {
    const dragged = /** @type {string} */ (this.#dragged);
    const keys = this.#tray.files.map(({ key }) => key).filter((key) => key !== dragged);
    this.#files.arrange(keys.toSpliced(keys.indexOf(goal) + Number(isAfter), 0, dragged));
    this.#endDrag();
    this.draw();
  }

  #endDrag() {
    this.#dragged = null;
    this.#mark(null);
  }

  /** @param {HTMLElement | null} goal @param {string} [side] */
  #mark(goal, side) {
    for (const node of this.#list.querySelectorAll("[data-drop]"))
      if (node !== goal) node.removeAttribute("data-drop");
    if (goal) goal.dataset.drop = side;
  }

  /** @param {string | null} key */
  #stopAt(key) {
    this.#stop = key;
    for (const node of this.#list.children) {
      const button = /** @type {HTMLElement} */ (node.querySelector(OPEN));
      button.tabIndex = /** @type {HTMLElement} */ (node).dataset.key === key ? 0 : -1;
    }
  }

  /** @param {string | null} key */
  #nodeOf(key) {
    return this.#keyed.nodeOf(key ?? "");
  }
}

/** @param {EventTarget | null} target */
function keyIn(target) {
  const element = target instanceof Text ? target.parentElement : target;
  const node = element instanceof Element ? element.closest("[data-key]") : null;
  return node instanceof HTMLElement ? (node.dataset.key ?? null) : null;
}

/** @param {LocalFile} file @returns {'failed' | 'ready' | 'sending'} */
function stateOf(file) {
  if (file.reason) return "failed";
  return isComplete(file) ? "ready" : "sending";
}

/** @param {LocalFile} file @param {string} state */
function factsOf({ size, sent }, state) {
  if (state === "ready" || !sent) return formatSize(size);
  // The last step isn't taken before the server has it.
  return formatPercent(Math.min(0.99, sent / size));
}
