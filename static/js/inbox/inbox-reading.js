import { gettext } from "../lib/gettext.js";
import { refusal } from "../lib/labels.js";
import { offer, say } from "../lib/toast.js";

/** @typedef {import('./inbox-reply.js').World} World */

const UNDO_SECONDS = 10;

/**
 * Read a room as far as its line shows, with a way back.
 *
 * @param {HTMLElement} line
 * @param {Pick<World, 'socket' | 'unread'>} world
 * @param {() => void} changed called when it was taken back
 */
export async function readRoom(line, { socket, unread }, changed) {
  const { key: room = "", read = "", last = "" } = line.dataset;
  const command = { type: "room.read", room, number: Number(last) };
  const reading = await socket.request(command);
  unread.read({ ...reading, room });
  const { number, read_revision } = reading;
  const step = { room, before: Number(read), number, read_revision };
  const take = () =>
    socket.request({ type: "rooms.unread", rooms: [step] }).then(
      ({ rooms }) => {
        for (const one of rooms) unread.read(one);
        changed();
      },
      (error) => say(gettext("Couldn't undo. %(reason)s", { reason: refusal(error) })),
    );
  const name = line.querySelector("[data-row] bdi")?.textContent ?? "";
  offer(gettext("Marked %(room)s as read.", { room: name }), {
    label: gettext("Undo"),
    take,
    seconds: UNDO_SECONDS,
  });
}

/**
 * Read all of the inbox, once it is confirmed: there is no way back.
 *
 * @param {HTMLElement} element the dialog that asks
 * @param {Pick<World, 'socket' | 'unread'>} world
 * @param {{changed: () => void, signal: AbortSignal}} how
 */
export function readAll(element, { socket, unread }, { changed, signal }) {
  const dialog = /** @type {HTMLDialogElement} */ (element);
  dialog.addEventListener(
    "close",
    async () => {
      if (dialog.returnValue !== "yes") return;
      try {
        const answer = await socket.request({ type: "inbox.read", all: true });
        unread.learnInbox(answer.unread);
        changed();
      } catch (error) {
        const reason = refusal(/** @type {any} */ (error));
        say(gettext("Couldn't mark as read. %(reason)s", { reason }));
      }
    },
    { once: true, signal },
  );
  dialog.returnValue = "";
  dialog.showModal();
}
