import { bannedWords, signedOutWords } from "../farewells.js";
import { setText } from "../lib/dom.js";
import { keepFocus } from "../lib/focus.js";
import { gettext, ngettext } from "../lib/gettext.js";

/** @typedef {import('../socket.js').Connection} Connection */

const QUIET_MS = 1000; // a blip that is over sooner is nobody's business
const AWAY = {
  posts: gettext("The site can't store messages now. What you wrote is kept."),
  room: gettext("The site can't read this room now. What you see may be old."),
};

/**
 * Tells the truth about the connection and about the storage behind it, once one of them has been
 * away long enough to matter.
 */
export class ChatBanner extends HTMLElement {
  /** @type {import('../socket.js').ChatSocket} */ #socket;
  /** @type {any} */ #delay = null;
  /** @type {any} */ #tick = null;
  #words = document.createElement("span");
  #button = document.createElement("button");
  #link = document.createElement("a");
  #urls = { lobby: "", login: "" };
  #ended = "";
  #spoken = "";
  /** @type {Map<'posts' | 'room', number>} what the storage keeps from whom, and until when */
  #away = new Map();

  /**
   * @param {import('../socket.js').ChatSocket} socket
   * @param {{urls: {lobby: string, login: string}, again: () => void}} page `again` asks the storage
   */
  attach(socket, { urls, again }) {
    this.#socket = socket;
    this.#urls = urls;
    this.#button.type = "button";
    this.#button.className = "button button--small";
    this.#button.addEventListener("click", () => {
      if (socket.connection.reason === "intercepted") location.reload();
      else if (socket.connection.state === "open") again();
      else socket.connect();
    });
    this.#link.className = "button button--small";
    this.replaceChildren(this.#words, this.#button, this.#link);
    socket.on("change", (connection) => this.#change(connection));
    this.#change(socket.connection);
  }

  /** The room itself is gone for this reader; with no words, it is there again. @param {string} words */
  end(words) {
    if (words === this.#ended) return;
    this.#ended = words;
    if (words) this.#show();
    else this.#change(this.#socket.connection);
  }

  /** Another room: what is said of the line and of my posts still holds. */
  leave() {
    this.end("");
    this.wait("room", null);
  }

  /**
   * Connected, but the storage is away.
   *
   * @param {'posts' | 'room'} what can't be stored, or read
   * @param {number | null} retryAt in milliseconds; null: it is over
   */
  wait(what, retryAt) {
    if (retryAt === null && !this.#away.has(what)) return;
    if (retryAt === null) this.#away.delete(what);
    else this.#away.set(what, retryAt);
    this.#change(this.#socket.connection);
  }

  /** @param {Connection} connection */
  #change({ state, reason }) {
    if (reason === "left") return;
    if (state === "open" && !this.#ended && this.#away.size === 0) {
      this.#hide();
    } else if (!this.hasAttribute("hidden") || reason === "signed-out" || reason === "banned") {
      this.#show();
    } else {
      this.#delay = this.#delay ?? setTimeout(() => this.#show(), QUIET_MS);
    }
  }

  #hide() {
    clearTimeout(this.#delay);
    this.#delay = null;
    clearInterval(this.#tick);
    keepFocus(this, () => {
      this.hidden = true;
    });
    this.#spoken = ""; // the next time is told anew
  }

  #show() {
    this.hidden = false;
    this.#draw();
    clearInterval(this.#tick);
    this.#tick = setInterval(() => this.#draw(), 1000);
  }

  /** Its buttons come and go. */
  #draw() {
    keepFocus(this, () => this.#say());
  }

  #say() {
    const { connection } = this.#socket;
    const { state, reason } = connection;
    const away = state === "open" ? [...this.#away.keys()].sort()[0] : undefined;
    const retryAt = away ? Math.min(...this.#away.values()) : connection.retryAt;
    const seconds = retryAt === null ? 0 : Math.ceil((retryAt - Date.now()) / 1000);
    const words =
      this.#ended ||
      (away && [AWAY[away], again(seconds)].join(" ")) ||
      sentence(connection, seconds);
    setText(this.#words, words);
    // The countdown is for the eye: a screen reader hears that the line is lost, not every second.
    const spoken = document.getElementById("status");
    const what = this.#ended || away || reason;
    if (spoken && this.#spoken !== what) setText(spoken, words);
    this.#spoken = what;
    setText(this.#button, reason === "intercepted" ? gettext("Reload") : gettext("Try now"));
    this.#button.hidden = !(away || state === "closed") || retryAt === null || Boolean(this.#ended);
    this.#link.hidden = !(this.#ended || reason === "signed-out");
    this.#link.textContent = this.#ended ? gettext("To the rooms") : gettext("Log in");
    this.#link.href = this.#ended ? this.#urls.lobby : this.#urls.login;
  }
}

/** @param {Connection} connection @param {number} seconds */
function sentence({ state, reason, farewell }, seconds) {
  if (reason === "signed-out") return signedOutWords(farewell);
  if (reason === "banned") return bannedWords(farewell);
  if (state === "connecting") return reason ? gettext("Connecting again…") : gettext("Connecting…");
  if (reason === "offline")
    return gettext("This device is offline. %(next)s", { next: again(seconds) });
  if (reason === "busy") return gettext("The server is busy. %(next)s", { next: again(seconds) });
  if (reason === "intercepted")
    return gettext(
      "Another page answers in place of this site, such as your network’s sign-in page. Reload to see it.",
    );
  if (reason === "restarting")
    return gettext("The server is restarting. %(next)s", { next: again(seconds) });
  return gettext("The connection is lost. %(next)s", { next: again(seconds) });
}

/** @param {number} seconds */
function again(seconds) {
  if (seconds <= 1) return gettext("Trying again…");
  return ngettext(
    "Trying again in %(count)s second.",
    "Trying again in %(count)s seconds.",
    seconds,
  );
}
