/**
 * Every key of the site. Those that `do` something everywhere are acted on by `wireKeys`, the others
 * by the element that has the focus; the sheet shows them all.
 *
 * @typedef {object} Key
 * @property {string} keys 'Mod' is Ctrl, and ⌘ on a Mac; several are separated by ' or '
 * @property {string} words
 * @property {Action} [does]
 *
 * @typedef {'switcher' | 'sheet' | 'delivery' | 'previous' | 'next' | 'previous-unread' | 'next-unread' | 'read-all'} Action
 */

/** @type {{title: string, keys: Key[]}[]} */
export const KEYS = [
  {
    title: "Going about",
    keys: [
      { keys: "Mod+K", words: "Go to a room or a person", does: "switcher" },
      { keys: "Alt+ArrowUp", words: "Room above", does: "previous" },
      { keys: "Alt+ArrowDown", words: "Room below", does: "next" },
      { keys: "Alt+Shift+ArrowUp", words: "Unread room above", does: "previous-unread" },
      { keys: "Alt+Shift+ArrowDown", words: "Unread room below", does: "next-unread" },
      { keys: "Shift+Escape", words: "Mark everything as read", does: "read-all" },
      { keys: "?", words: "All keys", does: "sheet" },
      { keys: "Escape", words: "Close what is open, or go to the latest messages" },
    ],
  },
  {
    title: "Writing",
    keys: [
      { keys: "Enter", words: "Send" },
      { keys: "Shift+Enter", words: "New line" },
      { keys: "ArrowUp", words: "Edit your last message, in an empty field" },
      { keys: "@ or # or :", words: "Name a person, a room or an emoji" },
      { keys: "Enter or Tab", words: "Take what is suggested" },
      { keys: "Mod+B", words: "Bold" },
      { keys: "Mod+I", words: "Italic" },
      { keys: "Mod+E", words: "Code" },
      { keys: "Mod+Shift+X", words: "Struck through" },
      { keys: "Mod+Shift+U", words: "Link" },
      { keys: "Escape", words: "Don't reply" },
    ],
  },
  {
    title: "On a message",
    keys: [
      { keys: "ArrowUp or ArrowDown", words: "Message above or below" },
      { keys: "Home or End", words: "First or last message shown" },
      { keys: "R", words: "Reply" },
      { keys: "E", words: "Edit" },
      { keys: "Delete", words: "Delete" },
      { keys: "Shift+U", words: "Mark as unread from here" },
      { keys: "D", words: "Go to a day" },
      { keys: "Mod+Z", words: "Undo the deletion, for a few seconds" },
      { keys: "Escape", words: "Back to writing" },
    ],
  },
  {
    title: "Editing a message",
    keys: [
      { keys: "Enter", words: "Save" },
      { keys: "Escape", words: "Leave it as it was" },
    ],
  },
];

const FIELD = "input, textarea, select, [contenteditable]";

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
 * @param {Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'isComposing'>} event
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
    event.key.length === 1 ? event.key.toUpperCase() : event.key,
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
