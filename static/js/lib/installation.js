/** Let the browser install the site, and show its own page when the site can't be reached. */
export function install() {
  // Missing without TLS; refused in some private windows.
  navigator.serviceWorker?.register("/service-worker.js").catch(() => {});
}
