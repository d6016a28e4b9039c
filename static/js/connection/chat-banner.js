import { setText } from "../lib/dom.js";
import { keepFocus } from "../lib/focus.js";
import { gettext, ngettext } from "../lib/gettext.js";
import { bannedWords, signedOutWords } from "./farewells.js";

/** @typedef {import('./socket.js').Connection} Connection */

const QUIET_MS = 1000; // a shorter interruption isn't worth showing
const AWAY = {
  posts: gettext("Messages can't be saved right now. What you wrote is kept."),
  room: gettext("This room can't be loaded right now. What you see may be out of date."),
};

/**
 * The banner about the connection and the storage behind it, shown once one of them has been away
 * long enough to matter.
 */
export class ChatBanner extends HTMLElement {
  /** @type {import('./socket.js').ChatSocket} */ #socket;
  /** @type {any} */ #delay = null;
  /** @type {any} */ #tick = null;
  #words = document.createElement("span");
  #button = document.createElement("button");
  #link = document.createElement("a");
  #urls = { lobby: "", login: "" };
  #ended = "";
  #spoken = "";
  /** @type {Map<'posts' | 'room', number>} until when the storage is unavailable for each */
  #away = new Map();

  /**
   * @param {import('./socket.js').ChatSocket} socket
   * @param {{urls: {lobby: string, login: string}, again: () => void}} page `again` tries the storage again
   */
  attach(socket, { urls, again }) {
    this.#socket = socket;
    this.#urls = urls;
    this.#button.type = "button";
    this.#button.className = "button button--small";
    this.#button.addEventListener("click", () => {
      if (socket.connection.reason === "intercepted") location.reload();
      else if (socket.connection.silent) socket.restart();
      else if (socket.connection.state === "open") again();
      else socket.connect();
    });
    this.#link.className = "button button--small";
    this.replaceChildren(this.#words, this.#button, this.#link);
    socket.on("change", (connection) => this.#change(connection));
    this.#change(socket.connection);
  }

  /** The room is gone for this reader; empty: it is there again. @param {string} words */
  end(words) {
    if (words === this.#ended) return;
    this.#ended = words;
    if (words) this.#show();
    else this.#change(this.#socket.connection);
  }

  /** Another room follows. What is said about the connection and my posts still holds. */
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
  #change({ state, reason, silent }) {
    if (reason === "left") return;
    if (silent) this.#show();
    else if (state === "open" && !this.#ended && this.#away.size === 0) {
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
    this.#spoken = ""; // announce it again the next time
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
    const { state, reason, silent = false } = connection;
    const away = state === "open" && !silent ? [...this.#away.keys()].sort()[0] : undefined;
    const retryAt = away ? Math.min(...this.#away.values()) : connection.retryAt;
    const seconds = retryAt === null ? 0 : Math.ceil((retryAt - Date.now()) / 1000);
    const words =
      this.#ended ||
      (away && [AWAY[away], again(seconds)].join(" ")) ||
      sentence(connection, seconds);
    setText(this.#words, words);
    // Only the eye sees the countdown: a screen reader hears that the connection is lost, not every
    // second.
    const spoken = document.getElementById("status");
    const what = this.#ended || away || (silent ? "silent" : reason);
    if (spoken && this.#spoken !== what) setText(spoken, words);
    this.#spoken = what;
    setText(this.#button, reason === "intercepted" ? gettext("Reload") : gettext("Try now"));
    const waits = (away || state === "closed") && retryAt !== null;
    this.#button.hidden = !(waits || silent) || Boolean(this.#ended);
    this.#link.hidden = !(this.#ended || reason === "signed-out");
    this.#link.textContent = this.#ended ? gettext("All rooms") : gettext("Log in");
    this.#link.href = this.#ended ? this.#urls.lobby : this.#urls.login;
  }
}

/** @param {Connection} connection @param {number} seconds */
function sentence({ state, reason, farewell, silent }, seconds) {
  if (silent) return gettext("The server isn't answering. Your messages are kept.");
  if (reason === "signed-out") return signedOutWords(farewell);
  if (reason === "banned") return bannedWords(farewell);
  if (state === "connecting") return reason ? gettext("Reconnecting…") : gettext("Connecting…");
  if (reason === "offline") return gettext("You're offline. %(next)s", { next: again(seconds) });
  if (reason === "busy") return gettext("The server is busy. %(next)s", { next: again(seconds) });
  if (reason === "intercepted")
    return gettext(
      "Something else is answering at this address, such as your network’s sign-in page. Reload to see it.",
    );
  if (reason === "restarting")
    return gettext("The server is restarting. %(next)s", { next: again(seconds) });
  return gettext("Connection lost. %(next)s", { next: again(seconds) });
}

/** @param {number} seconds */
function again(seconds) {
  if (seconds <= 1) return gettext("Retrying…");
  return ngettext("Retrying in %(count)s second.", "Retrying in %(count)s seconds.", seconds);
}
