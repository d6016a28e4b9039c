const KEYBOARD = 60; // pixels at least; the bars of a browser that come and go take fewer

/**
 * Keeps the page above the keyboard. Where a browser heeds `interactive-widget` there is nothing to
 * do; Safari lays its keyboard over the page, and moves the page up until the header is gone.
 *
 * @param {object} [screen]
 * @param {VisualViewport | null} [screen.viewport]
 * @param {CSSStyleDeclaration} [screen.style] of the root: --visible is what of the height is left
 * @param {Pick<Window, 'innerHeight' | 'scrollTo'>} [screen.page]
 */
export function stayAboveKeyboard({
  viewport = globalThis.visualViewport,
  style = document.documentElement.style,
  page = globalThis.window,
} = {}) {
  const fit = () => {
    // A page that is magnified is seen in part, too, and nothing covers it.
    const isCovered = viewport?.scale === 1 && page.innerHeight - viewport.height > KEYBOARD;
    if (!isCovered) return style.removeProperty("--visible");
    style.setProperty("--visible", `${viewport.height}px`);
    page.scrollTo(0, 0);
  };
  for (const type of ["resize", "scroll"]) viewport?.addEventListener(type, fit);
}
