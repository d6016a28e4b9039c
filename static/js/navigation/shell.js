/** @typedef {import('../lib/types.js').Bootstrap} Bootstrap */

/**
 * A page that was fetched.
 *
 * @typedef {{url: URL, title: string, document: Document, main: HTMLElement, bootstrap: Bootstrap}} ShellPage
 */

/**
 * The frame of the signed-in pages. It stays, with everything that lives in it, while `main` is
 * replaced by that of another page.
 */
export class Shell {
  #bootstrap;

  /** @param {() => Bootstrap} bootstrap what is true now: who is signed in, and the epoch */
  constructor(bootstrap) {
    this.#bootstrap = bootstrap;
  }

  /** Whether the page belongs in this frame. @param {ShellPage} page */
  fits({ document: other, bootstrap }) {
    const { user, epoch } = this.#bootstrap();
    const isOurs = bootstrap.user.id === user.id && bootstrap.epoch === epoch;
    return isOurs && buildOf(other) === buildOf(document);
  }

  /** @param {ShellPage} page */
  show({ main }) {
    document.getElementById("main")?.replaceWith(main);
  }
}

/** @param {string} html @param {string} address @returns {ShellPage | null} */
export function readPage(html, address) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const main = parsed.querySelector(".app > main");
  const bootstrap = bootstrapOf(parsed);
  if (!(main instanceof HTMLElement) || !bootstrap) return null;
  return { url: new URL(address), title: parsed.title, document: parsed, main, bootstrap };
}

/**
 * The data that the page's scripts start from.
 *
 * @param {Document} page
 * @returns {Bootstrap | null}
 */
export function bootstrapOf(page) {
  return JSON.parse(page.getElementById("bootstrap")?.textContent ?? "null");
}

/**
 * The version of the site that a page is from: its files have hashes in their names.
 *
 * @param {Document} page
 */
function buildOf(page) {
  const files = page.querySelectorAll('head > script[src], head > link[rel="stylesheet"]');
  return [...files].map((file) => file.getAttribute("src") ?? file.getAttribute("href")).join(" ");
}
