/** Lets a browser install the site, and show a page of its own when it can't be reached. */
export function install() {
  // Absent where there is no TLS; refused in some private windows.
  navigator.serviceWorker?.register("/service-worker.js").catch(() => {});
}
