import { setText } from "../lib/dom.js";
import { connectionLabel } from "../lib/labels.js";

const LOOK_SECONDS = 1;
const SLEPT_SECONDS = 10; // a busy page is late by less
const ANSWER_SECONDS = 10; // to a form
const LEAVING_SECONDS = 3; // until the page that somebody is going to is there

/**
 * Tell the socket what the browser knows, and show the state of the connection.
 *
 * @param {import('./socket.js').ChatSocket} socket
 * @param {{signIn: () => void, leave: () => void}} page `leave`: called before the connection is closed
 */
export function wireConnection(socket, { signIn, leave }) {
  let sent = Number.NEGATIVE_INFINITY;
  // The next page may be on its way, and be what ended the session: it would be cancelled.
  const signInSoon = () => setTimeout(signInAgain, LEAVING_SECONDS * 1000);
  const signInAgain = () => {
    const isLeaving = Date.now() - sent < ANSWER_SECONDS * 1000;
    if (socket.connection.reason === "signed-out" && !isLeaving) signIn();
  };
  socket.on("change", () => {
    drawConnection(socket);
    if (socket.connection.reason === "signed-out" && document.hasFocus()) signInSoon();
  });
  // A form may end the session, as deleting the account does. The page that answers it comes first.
  addEventListener("submit", ({ defaultPrevented }) => {
    if (!defaultPrevented) sent = Date.now();
  });
  addEventListener("online", () => socket.wake());
  addEventListener("offline", () => socket.offline());
  addEventListener("focus", signInAgain);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") socket.wake();
  });
  watchForSleep(() => socket.wake());
  const end = () => {
    leave();
    socket.close();
  };
  addEventListener("pagehide", end);
  // Before the server ends the session: logging out shouldn't offer to sign in to this room again.
  document.getElementById("log-out")?.addEventListener("submit", end);
  // A page restored from the browser's cache catches up like one that was offline.
  addEventListener("pageshow", ({ persisted }) => persisted && socket.connect());
}

/**
 * Waking from sleep fires no event in a visible page, but the clock jumps.
 *
 * @param {() => void} wake
 */
function watchForSleep(wake) {
  let seen = Date.now();
  setInterval(() => {
    const now = Date.now();
    if (now - seen > SLEPT_SECONDS * 1000) wake();
    seen = now;
  }, LOOK_SECONDS * 1000);
}

/**
 * The dot in the header, which is new on each page.
 *
 * @param {import('./socket.js').ChatSocket} socket
 */
export function drawConnection({ connection }) {
  const root = document.documentElement;
  root.dataset.connection = connection.state;
  root.toggleAttribute("data-doubtful", connection.doubtful === true);
  const element = document.querySelector(".connection__words");
  if (element) setText(element, connectionLabel(connection));
  element?.parentElement?.setAttribute("title", connectionLabel(connection));
}
