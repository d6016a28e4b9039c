import { setText } from "../lib/dom.js";
import { plural } from "../lib/words.js";

/** @typedef {import('../socket.js').Connection} Connection */

const QUIET_MS = 1000; // a blip that is over sooner is nobody's business

/** Tells the truth about the connection, once it has been away long enough to matter. */
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

  /**
   * @param {import('../socket.js').ChatSocket} socket
   * @param {{lobby: string, login: string}} urls
   */
  attach(socket, urls) {
    this.#socket = socket;
    this.#urls = urls;
    this.#button.type = "button";
    this.#button.className = "button button--small";
    this.#button.textContent = "Try now";
    this.#button.addEventListener("click", () => socket.connect());
    this.#link.className = "button button--small";
    this.replaceChildren(this.#words, this.#button, this.#link);
    socket.on("change", (connection) => this.#change(connection));
    this.#change(socket.connection);
  }

  /** The room itself is gone for this reader. @param {string} words */
  end(words) {
    this.#ended = words;
    this.#show();
  }

  /** @param {Connection} connection */
  #change({ state, reason }) {
    if (reason === "left") return;
    if (state === "open" && !this.#ended) {
      clearTimeout(this.#delay);
      this.#delay = null;
      clearInterval(this.#tick);
      this.hidden = true;
    } else if (!this.hasAttribute("hidden") || reason === "signed-out" || reason === "banned") {
      this.#show();
    } else {
      this.#delay = this.#delay ?? setTimeout(() => this.#show(), QUIET_MS);
    }
  }

  #show() {
    this.hidden = false;
    this.#draw();
    clearInterval(this.#tick);
    this.#tick = setInterval(() => this.#draw(), 1000);
  }

  #draw() {
    const { state, reason, retryAt, detail } = this.#socket.connection;
    const seconds = retryAt === null ? 0 : Math.ceil((retryAt - Date.now()) / 1000);
    const words =
      this.#ended || (reason === "banned" ? banned(detail) : sentence(state, reason, seconds));
    setText(this.#words, words);
    // The countdown is for the eye: a screen reader hears that the line is lost, not every second.
    const spoken = document.getElementById("status");
    if (spoken && this.#spoken !== reason) setText(spoken, words);
    this.#spoken = reason;
    this.#button.hidden = state !== "closed" || retryAt === null || Boolean(this.#ended);
    this.#link.hidden = !(this.#ended || reason === "signed-out");
    this.#link.textContent = this.#ended ? "To the rooms" : "Log in";
    this.#link.href = this.#ended ? this.#urls.lobby : this.#urls.login;
  }
}

/** @param {string} [why] a moderator's reason, or the server's own sentence */
function banned(why) {
  if (why && /banned/i.test(why)) return why;
  return why
    ? `You have been banned from this site: ${why}`
    : "You have been banned from this site.";
}

/** @param {Connection['state']} state @param {Connection['reason']} reason @param {number} seconds */
function sentence(state, reason, seconds) {
  if (reason === "signed-out") return "You have been signed out.";
  if (state === "connecting") return reason ? "Connecting again…" : "Connecting…";
  const again =
    seconds > 1 ? `Trying again in ${plural(seconds, "second", "seconds")}.` : "Trying again…";
  if (reason === "offline") return `This device is offline. ${again}`;
  if (reason === "restarting") return `The server is restarting. ${again}`;
  return `The connection is lost. ${again}`;
}
