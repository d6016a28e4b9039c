import { gettext } from "./lib/gettext.js";
import { letterOf } from "./lib/letter.js";

/**
 * Every key of the site. Those that `do` something everywhere are acted on by `wireKeys`, the others
 * by the element that has the focus; the sheet shows them all.
 *
 * @typedef {object} Key
 * @property {string} keys 'Mod' is Ctrl, and ⌘ on a Mac; several are separated by ' or '
 * @property {string} words
 * @property {Action} [does]
 *
 * @typedef {'switcher' | 'sheet' | 'delivery' | 'previous' | 'next' | 'previous-unread' | 'next-unread' | 'read-all' | 'star'} Action
 */

/** @type {{title: string, keys: Key[]}[]} */
export const KEYS = [
  {
    title: gettext("Going about"),
    keys: [
      { keys: "Mod+K", words: gettext("Go to a room or a person"), does: "switcher" },
      { keys: "Alt+ArrowUp", words: gettext("Room above"), does: "previous" },
      { keys: "Alt+ArrowDown", words: gettext("Room below"), does: "next" },
      { keys: "Alt+Shift+ArrowUp", words: gettext("Unread room above"), does: "previous-unread" },
      { keys: "Alt+Shift+ArrowDown", words: gettext("Unread room below"), does: "next-unread" },
      { keys: "Shift+Escape", words: gettext("Mark everything as read"), does: "read-all" },
      { keys: "*", words: gettext("Make this room a favourite, or not"), does: "star" },
      { keys: "Mod+Shift+ArrowUp", words: gettext("Favourite up, in the list of rooms") },
      { keys: "Mod+Shift+ArrowDown", words: gettext("Favourite down, in the list of rooms") },
      { keys: "?", words: gettext("All keys"), does: "sheet" },
      { keys: "Escape", words: gettext("Close what is open, or go to the latest messages") },
    ],
  },
  {
    title: gettext("Writing"),
    keys: [
      { keys: "Enter", words: gettext("Send") },
      { keys: "Shift+Enter", words: gettext("New line") },
      { keys: "ArrowUp", words: gettext("Edit your last message, in an empty field") },
      { keys: "@ or # or :", words: gettext("Name a person, a room or an emoji") },
      { keys: "Enter or Tab", words: gettext("Take what is suggested") },
      { keys: "Mod+B", words: gettext("Bold") },
      { keys: "Mod+I", words: gettext("Italic") },
      { keys: "Mod+E", words: gettext("Code") },
      { keys: "Mod+Shift+X", words: gettext("Struck through") },
      { keys: "Mod+Shift+U", words: gettext("Link") },
      { keys: "Escape", words: gettext("Don't reply") },
    ],
  },
  {
    title: gettext("On a message"),
    keys: [
      { keys: "ArrowUp or ArrowDown", words: gettext("Message above or below") },
      { keys: "Home or End", words: gettext("First or last message shown") },
      { keys: "R", words: gettext("Reply") },
      { keys: "E", words: gettext("Edit") },
      { keys: "Delete", words: gettext("Delete") },
      { keys: "Shift+U", words: gettext("Mark as unread from here") },
      { keys: "D", words: gettext("Go to a day") },
      { keys: "Mod+Z", words: gettext("Undo the deletion, for a few seconds") },
      { keys: "Escape", words: gettext("Back to writing") },
    ],
  },
  {
    title: gettext("Editing a message"),
    keys: [
      { keys: "Enter", words: gettext("Save") },
      { keys: "Escape", words: gettext("Leave it as it was") },
    ],
  },
];

// A letter that is pressed in a popover, the emoji say, goes on with what is done there.
const FIELD = "input, textarea, select, [contenteditable], [popover]";

/** @param {Record<Action, () => void>} actions */
export function wireKeys(actions) {
  // The page comes with the names that most keyboards have.
  for (const element of document.querySelectorAll("kbd[data-keys]")) {
    const [caps] = capsOf(/** @type {HTMLElement} */ (element).dataset.keys ?? "", isMac());
    element.textContent = caps.join(" ");
  }
  addEventListener(
    "keydown",
    (event) => {
      const target = event.target instanceof Element ? event.target : null;
      const action = actionOf(event, { mac: isMac(), typing: Boolean(target?.closest(FIELD)) });
      // A dialog is answered before anything else is done; only the switcher closes by its own key.
      if (!action || (action !== "switcher" && document.querySelector("dialog[open]"))) return;
      event.preventDefault();
      // An element that knows one of the keys without the others must not act as well.
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
    // A sign has the Shift in it that it takes to write it.
    event.shiftKey && (event.key.length > 1 || event.ctrlKey || event.metaKey) && "Shift",
    event.key.length === 1 ? letterOf(event).toUpperCase() : event.key,
  ];
  const keys = pressed.filter(Boolean).join("+");
  const found = KEYS.flatMap((group) => group.keys).find((key) => key.does && key.keys === keys);
  return typing && found?.keys.length === 1 ? undefined : found?.does;
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

/** What is printed on the keys: [['Ctrl', 'K']], or several of them. @param {string} keys @param {boolean} mac */
export function capsOf(keys, mac) {
  const names = mac ? MAC_NAMES : { ...NAMES, Mod: "Ctrl" };
  return keys.split(" or ").map((one) => one.split("+").map((key) => names[key] ?? key));
}

export const isMac = () => /^(Mac|iP)/.test(navigator.platform);
