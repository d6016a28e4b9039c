/** @typedef {import('./lib/types.js').Bootstrap} Bootstrap */

/**
 * A page that was fetched.
 *
 * @typedef {{url: URL, title: string, document: Document, main: HTMLElement, bootstrap: Bootstrap}} ShellPage
 */

const STYLES = 'link[rel="stylesheet"]';

/**
 * The frame of the signed-in pages. It stays, with all that lives in it, while `main` is exchanged
 * for that of another page.
 */
export class Shell {
  #bootstrap;

  /** @param {() => Bootstrap} bootstrap what is known to be true now: who is signed in, and the epoch */
  constructor(bootstrap) {
    this.#bootstrap = bootstrap;
  }

  /**
   * Loads the style sheets that the page needs and the frame has not.
   *
   * @param {ShellPage} page
   * @returns {Promise<boolean>} false: it does not fit into this frame
   */
  async prepare(page) {
    const { user, epoch } = this.#bootstrap();
    const isOurs = page.bootstrap.user.id === user.id && page.bootstrap.epoch === epoch;
    if (!isOurs || !isSameBuild(page.document, document)) return false;
    const known = new Set(stylesOf(document).map(({ href }) => href));
    const missing = stylesOf(page.document).filter(({ href }) => !known.has(href));
    const loaded = await Promise.all(missing.map(({ href }) => addStyles(href)));
    return loaded.every(Boolean);
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

/** What the page's scripts start from. @param {Document} page @returns {Bootstrap | null} */
export function bootstrapOf(page) {
  return JSON.parse(page.getElementById("bootstrap")?.textContent ?? "null");
}

/**
 * Whether two pages come from one version of the site: their scripts and style sheets have the same
 * hashes in their names.
 *
 * @param {Document} one
 * @param {Document} other
 */
function isSameBuild(one, other) {
  const scripts = (/** @type {Document} */ page) =>
    page.querySelector('script[type="importmap"]')?.textContent ?? "";
  const files = new Map(stylesOf(other).map(({ href }) => [plain(href), href]));
  const sheets = stylesOf(one).every(({ href }) => (files.get(plain(href)) ?? href) === href);
  return sheets && scripts(one) === scripts(other);
}

/** 'css/room.0123456789ab.css' without its hash. @param {string} href */
const plain = (href) => href.replace(/\.[0-9a-f]{12}(?=\.css$)/, "");

/** @param {Document} page @returns {{href: string}[]} absolute, also in a document that is not shown */
function stylesOf(page) {
  const links = [...page.querySelectorAll(STYLES)];
  return links.map((link) => ({
    href: new URL(link.getAttribute("href") ?? "", location.href).href,
  }));
}

/** @param {string} href @returns {Promise<boolean>} whether it could be had */
function addStyles(href) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = href;
  return new Promise((resolve) => {
    link.addEventListener("load", () => resolve(true));
    link.addEventListener("error", () => resolve(false));
    document.head.append(link);
  });
}
