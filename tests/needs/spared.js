/**
 * What not every browser of package.json has, and what it means there that it hasn't.
 *
 * @type {Record<string, string>}
 */
export const SPARED = {
  // Scripts
  "api.AbortSignal.timeout_static": "Chrome before 124 calls the error otherwise; nobody asks",
  "api.Element.touchend_event": "Safari on a Mac knows no fingers",
  "api.Element.contextmenu_event":
    "iOS has no such menu: -webkit-touch-callout takes away what it has",

  // Styles: how it looks, or what happens at an edge
  "css.properties.accent-color": "a checkbox in the browser's own colour",
  "css.properties.content-visibility": "the picker of emoji opens a little later",
  "css.properties.cursor": "phones have none",
  "css.properties.field-sizing": "lib/field.js measures instead",
  "css.properties.forced-color-adjust": "Safari has no forced colours",
  "css.properties.overflow-anchor": "where there is none, there is none to turn off",
  "css.properties.overscroll-behavior": "the page behind moves a little at the end of a list",
  "css.properties.resize": "phones let nobody resize a field",
  "css.properties.scrollbar-gutter": "where scroll bars take room, a page moves when one comes",
  "css.properties.scrollbar-width": "a wider scroll bar",
  "css.properties.text-size-adjust": "-webkit-text-size-adjust stands before it",
  "css.properties.text-wrap": "a heading is broken less evenly",
  "css.properties.user-select": "-webkit-user-select stands before it",

  // Pages
  "html.elements.link.rel.manifest": "Firefox on a desktop installs no sites",
  "html.elements.meta.name.theme-color": "the browser's own colour around the page",
  "html.global_attributes.autocapitalize": "no keyboard on glass, no capitals of its own",
};
