import { refusal } from "../lib/labels.js";

/**
 * The request a dialog makes to the server. It is sent once, however often the button is pressed.
 * An answer that comes after the dialog was closed or opened for something else closes nothing and
 * is shown nowhere else.
 */
export class DialogRequest {
  #close;
  #say;
  /** @type {object | null} what the dialog is open for; a new object each time */ #open = null;
  /** @type {object | null} what is being asked for */ #asked = null;

  /**
   * @param {{close: () => void, say: (words: string) => void}} dialog say: once nobody looks at the dialog any more
   */
  constructor({ close, say }) {
    this.#close = close;
    this.#say = say;
  }

  begin() {
    this.#open = {};
  }

  end() {
    this.#open = null;
  }

  /**
   * @template Answer
   * @param {() => Promise<Answer>} ask
   * @param {{done: (answer: Answer) => void, failed: (words: string) => void}} then
   */
  async send(ask, { done, failed }) {
    const mine = this.#open;
    if (!mine || this.#asked === mine) return;
    this.#asked = mine;
    try {
      const answer = await ask();
      if (this.#open === mine) this.#close();
      done(answer);
    } catch (error) {
      const words = refusal(/** @type {any} */ (error));
      if (this.#open === mine) failed(words);
      else this.#say(words);
    } finally {
      if (this.#asked === mine) this.#asked = null;
    }
  }
}
