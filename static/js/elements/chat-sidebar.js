import { cloneTemplate, oncePerFrame, part, setText } from "../lib/dom.js";
import { KeyedList } from "../lib/keyed.js";
import { plural } from "../lib/words.js";

/** @typedef {import('../lib/types.js').RoomSummary} RoomSummary */
/** @typedef {RoomSummary & {key: string, mark: string}} Line */

const MARKS = /** @type {Record<string, string>} */ ({ direct: "@", private: "◆", public: "#" });

/** My rooms with what is unread in them. */
export class ChatSidebar extends HTMLElement {
  /**
   * @param {import('../unread.js').Unread} unread
   * @param {{current: string | null, roomsUrl: string}} page
   */
  attach(unread, { current, roomsUrl }) {
    const template = () => cloneTemplate(this, "room");
    const update = (/** @type {HTMLElement} */ node, /** @type {Line} */ room) =>
      drawRoom(node, room, { current, roomsUrl });
    const lists = ["rooms", "direct"].map((name) => {
      const list = /** @type {HTMLElement} */ (this.querySelector(`[data-list="${name}"]`));
      list.replaceChildren();
      return new KeyedList(list, template, update);
    });
    const draw = () => {
      const rooms = [...unread.rooms.values()].filter(
        (room) => !room.archived || room.slug === current,
      );
      const lines = rooms.map((room) => ({
        ...room,
        key: room.slug,
        mark: MARKS[room.kind] ?? "#",
      }));
      lines.sort((a, b) => a.name.localeCompare(b.name));
      lists[0].draw(lines.filter(({ kind }) => kind !== "direct"));
      lists[1].draw(lines.filter(({ kind }) => kind === "direct"));
    };
    draw();
    unread.on("change", oncePerFrame(draw));
  }
}

/**
 * @param {HTMLElement} node
 * @param {Line} room
 * @param {{current: string | null, roomsUrl: string}} page
 */
function drawRoom(node, room, { current, roomsUrl }) {
  const link = /** @type {HTMLAnchorElement} */ (node.querySelector("a"));
  node.dataset.room = room.slug;
  const address = `${roomsUrl}${encodeURIComponent(room.slug)}/`;
  if (link.getAttribute("href") !== address) link.href = address;
  link.toggleAttribute("data-unread", room.unread > 0);
  if (room.slug === current) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
  setText(part(node, "mark"), room.mark);
  setText(part(node, "name"), room.name);
  const count = part(node, "count");
  count.hidden = room.unread === 0;
  count.classList.toggle("badge--mention", room.mentions > 0 || room.kind === "direct");
  setText(count, room.unread > 99 ? "99+" : String(room.unread));
  const words = room.mentions ? `, ${plural(room.mentions, "mention", "mentions")}` : "";
  setText(part(node, "words"), room.unread ? `unread${words}` : "");
}
