const KEYBOARD = 60; // pixels at least; a browser's own bars take fewer

/**
 * Keep the page above the on-screen keyboard. Browsers that support `interactive-widget` do it by
 * themselves; Safari lays the keyboard over the page and scrolls the header out of view.
 *
 * @param {object} [screen]
 * @param {VisualViewport | null} [screen.viewport]
 * @param {CSSStyleDeclaration} [screen.style] of the root: --visible is the height that is left
 * @param {Pick<Window, 'innerHeight' | 'scrollTo'>} [screen.page]
 */
export function stayAboveKeyboard({
  viewport = globalThis.visualViewport,
  style = document.documentElement.style,
  page = globalThis.window,
} = {}) {
  const fit = () => {
    // A zoomed page is also partly visible, and nothing covers it.
    const isCovered = viewport?.scale === 1 && page.innerHeight - viewport.height > KEYBOARD;
    if (!isCovered) return style.removeProperty("--visible");
    style.setProperty("--visible", `${viewport.height}px`);
    page.scrollTo(0, 0);
  };
  for (const type of ["resize", "scroll"]) viewport?.addEventListener(type, fit);
}
