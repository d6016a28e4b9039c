/**
 * What is typed and not sent, per room. It lives in localStorage under the person's id: it survives
 * a reload, a crash and signing out, and the next person on this computer does not see it.
 *
 * @typedef {{body: string, reply_to: number | null}} Draft
 */
export class Drafts {
  #prefix;
  #storage;

  /** @param {{user: number, storage: Storage}} world */
  constructor({ user, storage }) {
    this.#prefix = `chatsite:draft:${user}:`;
    this.#storage = storage;
  }

  /** @param {string} room @returns {Draft} */
  read(room) {
    try {
      const draft = JSON.parse(this.#storage.getItem(this.#prefix + room) ?? "null");
      if (typeof draft?.body === "string")
        return { body: draft.body, reply_to: draft.reply_to ?? null };
    } catch {
      // Written by another version, or by hand: a draft that can't be read is no draft.
    }
    return { body: "", reply_to: null };
  }

  /** @param {string} room @param {Draft} draft */
  write(room, draft) {
    try {
      if (draft.body || draft.reply_to) {
        this.#storage.setItem(this.#prefix + room, JSON.stringify(draft));
      } else {
        this.#storage.removeItem(this.#prefix + room);
      }
    } catch {
      // Full or forbidden: the text is still in the field.
    }
  }
}
