const PATIENCE_MS = 150; // a quicker answer needs no indicator

/** A thin line over the page while another one is loading. */
export class Progress {
  /** @type {any} */ #timer = null;
  #line;

  /** @param {HTMLElement | null} line */
  constructor(line) {
    this.#line = line;
  }

  begin() {
    this.#timer ??= setTimeout(() => this.#show(true), PATIENCE_MS);
  }

  end() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#show(false);
  }

  /** @param {boolean} shown */
  #show(shown) {
    if (this.#line) this.#line.hidden = !shown;
    document.getElementById("main")?.setAttribute("aria-busy", String(shown));
  }
}
