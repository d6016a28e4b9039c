/**
 * Features that some supported browsers lack, and what happens there without them.
 *
 * @type {Record<string, string>}
 */
export const SPARED = {
  // Scripts
  "api.AbortSignal.timeout_static":
    "Chrome before 124 names the error differently, which nothing reads",
  "api.Element.touchend_event": "Safari on a Mac has no touch screen",
  "api.Element.contextmenu_event":
    "iOS has no such menu; -webkit-touch-callout removes the one it has",
  "api.Element.wheel_event": "iOS has no wheel: two fingers zoom",
  "api.Notification": "phones show them through the service worker",
  "api.Notification.Notification": "iOS has it once the site is installed; asked for before",
  "api.Notification.permission_static": "likewise",
  "api.PushSubscriptionChangeEvent.newSubscription": "the worker subscribes itself",
  "api.ServiceWorkerGlobalScope.notificationclick_event": "iOS opens what a declarative push names",
  "api.ServiceWorkerGlobalScope.pushsubscriptionchange_event":
    "the next page that is opened subscribes",

  "api.Window.beforeunload_event": "iOS doesn't ask; the next page says which file it lost",

  // Styles: looks, or edge cases
  "css.properties.accent-color": "a checkbox in the browser's own colour",
  "css.properties.content-visibility": "the emoji picker opens a little later",
  "css.properties.cursor": "phones have none",
  "css.properties.field-sizing": "lib/field.js measures instead",
  "css.properties.font-variant-emoji": "the fonts named first draw emoji in colour",
  "css.properties.forced-color-adjust": "Safari has no forced colours",
  "css.properties.overflow-anchor": "without it there is nothing to turn off",
  "css.properties.overscroll-behavior": "the page behind moves a little at the end of a list",
  "css.properties.resize": "phones can't resize a field",
  "css.properties.scrollbar-gutter":
    "where scroll bars take up room, a page moves when one appears",
  "css.properties.scrollbar-width": "a wider scroll bar",
  "css.properties.text-size-adjust": "-webkit-text-size-adjust precedes it",
  "css.properties.text-wrap": "a heading is broken less evenly",
  "css.properties.user-select": "-webkit-user-select precedes it",

  // Pages
  "html.elements.video.playsinline": "Firefox plays a video in its place anyway",
  "html.elements.link.rel.manifest": "Firefox on desktops doesn't install sites",
  "html.global_attributes.autocapitalize":
    "without an on-screen keyboard there is no automatic capitalisation",
};
