import { setText } from "./lib/dom.js";
import { lineName } from "./lib/words.js";

const LOOK_SECONDS = 1;
const SLEPT_SECONDS = 10; // a busy page is late by less

/**
 * Tells the line what the browser knows, and the page how the line is.
 *
 * @param {import('./socket.js').ChatSocket} socket
 * @param {{signIn: () => void, leave: () => void}} page `leave`: what is to be said before it closes
 */
export function wireConnection(socket, { signIn, leave }) {
  socket.on("change", ({ reason }) => {
    drawConnection(socket);
    if (reason === "signed-out" && document.hasFocus()) signIn();
  });
  addEventListener("online", () => socket.wake());
  addEventListener("offline", () => socket.offline());
  addEventListener("focus", () => socket.connection.reason === "signed-out" && signIn());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") socket.wake();
  });
  watchForSleep(() => socket.wake());
  const end = () => {
    leave();
    socket.close();
  };
  addEventListener("pagehide", end);
  // Sooner than the server ends the line: one who logs out does not want to sign in to this room again.
  document.getElementById("log-out")?.addEventListener("submit", end);
  // A page that comes back from the browser's cache catches up like one that was offline.
  addEventListener("pageshow", ({ persisted }) => persisted && socket.connect());
}

/** A machine that wakes tells the page in front of it nothing; but its clock has jumped. @param {() => void} wake */
function watchForSleep(wake) {
  let seen = Date.now();
  setInterval(() => {
    const now = Date.now();
    if (now - seen > SLEPT_SECONDS * 1000) wake();
    seen = now;
  }, LOOK_SECONDS * 1000);
}

/** The dot in the header, which comes anew with each page. @param {import('./socket.js').ChatSocket} socket */
export function drawConnection({ connection }) {
  const root = document.documentElement;
  root.dataset.connection = connection.state;
  root.toggleAttribute("data-doubtful", connection.doubtful === true);
  const element = document.querySelector(".connection__words");
  if (element) setText(element, lineName(connection));
  element?.parentElement?.setAttribute("title", lineName(connection));
}
