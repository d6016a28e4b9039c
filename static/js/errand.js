import { refusal } from "./lib/words.js";

/**
 * What a dialog was opened for and then asks of the server. It asks once, however often the button is
 * pressed; and an answer that comes when the dialog is closed, or was opened for something else since,
 * closes nothing and names nobody else.
 */
export class Errand {
  #close;
  #say;
  /** @type {object | null} what the dialog is open for; another one each time */ #open = null;
  /** @type {object | null} what is being asked for */ #asked = null;

  /** @param {{close: () => void, say: (words: string) => void}} dialog say: to who looks at it no more */
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
