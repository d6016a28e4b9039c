import { gettext } from "../lib/gettext.js";
import { FIELDS, letterOf } from "../lib/keyboard.js";

/**
 * Every keyboard shortcut. `wireKeys` handles those with `does`; the others are up to the focused
 * element. The sheet shows all of them.
 *
 * @typedef {object} Key
 * @property {string} keys 'Mod' is Ctrl, or ⌘ on a Mac; alternatives are separated by ' or '
 * @property {string} words
 * @property {Action} [does]
 * @typedef {'switcher' | 'sheet' | 'delivery' | 'previous' | 'next' | 'previous-unread' |
 *   'next-unread' | 'read-all' | 'star' | 'message' | 'hide' | 'next-region' |
 *   'previous-region' | 'settings' | 'status' | 'inbox' | 'notify' | 'search' | 'search-here'} Action
 */

/** @type {{title: string, keys: Key[]}[]} */
export const KEYS = [
  {
    title: gettext("Navigation"),
    keys: [
      { keys: "Mod+K", words: gettext("Go to a room or a person"), does: "switcher" },
      { keys: "/ or Mod+Shift+F", words: gettext("Search messages"), does: "search" },
      { keys: "Alt+ArrowUp", words: gettext("Previous room"), does: "previous" },
      { keys: "Alt+ArrowDown", words: gettext("Next room"), does: "next" },
      {
        keys: "Alt+Shift+ArrowUp",
        words: gettext("Previous unread room"),
        does: "previous-unread",
      },
      { keys: "Alt+Shift+ArrowDown", words: gettext("Next unread room"), does: "next-unread" },
      { keys: "Shift+Escape", words: gettext("Mark all as read"), does: "read-all" },
      { keys: "Mod+Shift+M", words: gettext("Inbox"), does: "inbox" },
      { keys: "*", words: gettext("Add this room to favourites, or remove it"), does: "star" },
      {
        keys: "Mod+Shift+ArrowUp",
        words: gettext("Move a room up in its section, in the list of rooms"),
      },
      {
        keys: "Mod+Shift+ArrowDown",
        words: gettext("Move a room down in its section, in the list of rooms"),
      },
      { keys: "V", words: gettext("Move a room to a section, in the list of rooms") },
      { keys: "F6", words: gettext("Next part of the window"), does: "next-region" },
      { keys: "Shift+F6", words: gettext("Previous part of the window"), does: "previous-region" },
      { keys: "Mod+Shift+Y", words: gettext("Set your status"), does: "status" },
      { keys: "Mod+,", words: gettext("Settings"), does: "settings" },
      { keys: "?", words: gettext("Keyboard shortcuts"), does: "sheet" },
      { keys: "Escape", words: gettext("Close a panel, or jump to the latest messages") },
    ],
  },
  {
    title: gettext("Writing"),
    keys: [
      { keys: "Enter", words: gettext("Send") },
      { keys: "Shift+Enter", words: gettext("New line") },
      { keys: "ArrowUp", words: gettext("Edit your last message, in an empty field") },
      { keys: "@ or # or :", words: gettext("Complete a person, a room or an emoji") },
      { keys: "Enter or Tab", words: gettext("Accept the suggestion") },
      { keys: "Mod+B", words: gettext("Bold") },
      { keys: "Mod+I", words: gettext("Italic") },
      { keys: "Mod+E", words: gettext("Code") },
      { keys: "Mod+Shift+X", words: gettext("Strikethrough") },
      { keys: "Mod+Shift+U", words: gettext("Link") },
      { keys: "Mod+Shift+7", words: gettext("Numbered list") },
      { keys: "Mod+Shift+8", words: gettext("List") },
      { keys: "Mod+Shift+9", words: gettext("Quote") },
      { keys: "Mod+Alt+P", words: gettext("Preview, or back to the text") },
      { keys: "Escape", words: gettext("Cancel reply") },
    ],
  },
  {
    title: gettext("On a message"),
    keys: [
      { keys: "ArrowUp or ArrowDown", words: gettext("Previous or next message") },
      { keys: "Home or End", words: gettext("First or last message on the page") },
      { keys: "R", words: gettext("Reply") },
      { keys: "E", words: gettext("Edit") },
      { keys: "Delete", words: gettext("Delete") },
      { keys: "Shift+U", words: gettext("Mark unread from here") },
      { keys: "D", words: gettext("Jump to a date") },
      { keys: "Mod+Z", words: gettext("Undo a deletion, for a few seconds") },
      { keys: "Escape", words: gettext("Back to the message field") },
    ],
  },
  {
    title: gettext("In the inbox"),
    keys: [
      { keys: "J or K", words: gettext("Next or previous line") },
      { keys: "Enter", words: gettext("Go to the message or the room") },
      { keys: "R", words: gettext("Reply") },
      { keys: "E or Delete", words: gettext("Mark as read") },
    ],
  },
  {
    title: gettext("In the search"),
    keys: [
      { keys: "ArrowUp or ArrowDown", words: gettext("Previous or next result") },
      { keys: "Enter", words: gettext("Go to the message or the room") },
      { keys: "C", words: gettext("Show what was said before and after") },
      { keys: "Backspace", words: gettext("Remove the last filter, at the beginning of the text") },
      { keys: "F3 or Mod+G", words: gettext("Next result, in the room") },
      { keys: "Shift+F3 or Mod+Shift+G", words: gettext("Previous result, in the room") },
      { keys: "Escape", words: gettext("Back to the results, or to where you searched from") },
    ],
  },
  {
    title: gettext("Editing a message"),
    keys: [
      { keys: "Enter", words: gettext("Save") },
      { keys: "Escape", words: gettext("Discard the changes") },
    ],
  },
];

// A letter typed in a popover, such as the emoji picker, belongs to it.
const OWN_LETTERS = `${FIELDS}, [popover]`;

/** @param {Record<Action, () => void>} actions */
export function wireKeys(actions) {
  // The page is rendered with the names on most keyboards.
  for (const element of document.querySelectorAll("kbd[data-keys]")) {
    const [caps] = capsOf(/** @type {HTMLElement} */ (element).dataset.keys ?? "", isMac());
    element.textContent = caps.join(" ");
  }
  addEventListener(
    "keydown",
    (event) => {
      const target = event.target instanceof Element ? event.target : null;
      const action = actionOf(event, {
        mac: isMac(),
        typing: Boolean(target?.closest(OWN_LETTERS)),
      });
      // A dialog comes first; only the switcher closes by its own shortcut.
      if (!action || (action !== "switcher" && document.querySelector("dialog[open]"))) return;
      event.preventDefault();
      // An element that handles the same key without the modifiers must not act as well.
      event.stopPropagation();
      actions[action]();
    },
    true,
  );
}

/**
 * @param {Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'isComposing'>} event
 * @param {{mac: boolean, typing: boolean}} where
 * @returns {Action | undefined}
 */
export function actionOf(event, { mac, typing }) {
  if (event.isComposing) return undefined;
  const pressed = [
    (mac ? event.metaKey : event.ctrlKey) && "Mod",
    (mac ? event.ctrlKey : event.metaKey) && "Other",
    event.altKey && "Alt",
    // The Shift that a sign takes to type is already part of it.
    event.shiftKey && (event.key.length > 1 || event.ctrlKey || event.metaKey) && "Shift",
    event.key.length === 1 ? letterOf(event).toUpperCase() : event.key,
  ];
  const keys = pressed.filter(Boolean).join("+");
  if (typing && keys.length === 1) return undefined;
  const found = KEYS.flatMap((group) => group.keys).find(
    (key) => key.does && key.keys.split(" or ").includes(keys),
  );
  return found?.does;
}

const NAMES = /** @type {Record<string, string>} */ ({
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
});
const MAC_NAMES = /** @type {Record<string, string>} */ ({
  ...NAMES,
  Mod: "⌘",
  Alt: "⌥",
  Shift: "⇧",
  Enter: "↩",
});

/**
 * The key caps of a shortcut: [['Ctrl', 'K']], or several.
 *
 * @param {string} keys
 * @param {boolean} mac
 */
export function capsOf(keys, mac) {
  const names = mac ? MAC_NAMES : { ...NAMES, Mod: "Ctrl" };
  return keys.split(" or ").map((one) => one.split("+").map((key) => names[key] ?? key));
}

export const isMac = () => /^(Mac|iP)/.test(navigator.platform);
