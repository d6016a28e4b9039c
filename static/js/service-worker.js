// Served at /service-worker.js, with a first line that says what to cache: the address of the
// offline page and of its files, the name of the site and its icon. Pages and messages are never cached: they belong to someone.

const worker = /** @type {any} */ (self);
/** @type {{page: string, files: string[], site: string, icon: string}} */
const kept = worker.kept;
const CACHE = "chatsite-offline";

/** @param {any} event */
function install(event) {
  event.waitUntil(keep().then(() => worker.skipWaiting()));
}

async function keep() {
  const cache = await caches.open(CACHE);
  // Without credentials, so that it is nobody's page, and not from the browser's own cache.
  const page = new Request(kept.page, { credentials: "omit", cache: "reload" });
  await cache.addAll([page, ...kept.files]);
}

/** @param {any} event */
function activate(event) {
  event.waitUntil(forgetOld().then(() => worker.clients.claim()));
}

async function forgetOld() {
  const cache = await caches.open(CACHE);
  const wanted = new Set(
    [kept.page, ...kept.files].map((path) => new URL(path, location.href).href),
  );
  const there = await cache.keys();
  await Promise.all(there.filter(({ url }) => !wanted.has(url)).map((old) => cache.delete(old)));
}

/** @param {any} event */
function answer(event) {
  const { request } = event;
  if (request.mode === "navigate" && request.method === "GET") event.respondWith(page(request));
  else if (kept.files.includes(new URL(request.url).pathname)) event.respondWith(file(request));
}

/** @param {Request} request */
async function page(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const offline = await caches.match(kept.page);
    if (offline) return offline;
    throw error;
  }
}

/** @param {Request} request */
async function file(request) {
  return (await caches.match(request)) ?? fetch(request);
}

// Web Push

/** A push always shows something: browsers take the permission from sites whose pushes don't. @param {any} event */
function push(event) {
  event.waitUntil(show(event.data));
}

/** @param {{json: () => any} | null} data */
async function show(data) {
  const { notification, app_badge: badge } = read(data);
  const { title = kept.site, body = "", tag = "", navigate = "/" } = notification ?? {};
  const shown = { body, tag, icon: kept.icon, data: { navigate } };
  await Promise.all([
    worker.registration.showNotification(title, shown),
    typeof badge === "number" && setBadge(badge),
    tell({ arrived: tag }),
  ]);
}

/** @param {{json: () => any} | null} data */
function read(data) {
  try {
    return data?.json() ?? {};
  } catch {
    return {}; // not ours
  }
}

/** Not in every browser, and refused if the site isn't installed. @param {number} count */
async function setBadge(count) {
  const { navigator } = worker;
  await (count ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.())?.catch(() => {});
}

/** @returns {Promise<any[]>} */
const windows = () => worker.clients.matchAll({ type: "window", includeUncontrolled: true });

/** @param {object} what */
async function tell(what) {
  for (const window of await windows()) window.postMessage(what);
}

/** @param {any} event */
function click(event) {
  event.notification.close();
  event.waitUntil(openAt(event.notification.data?.navigate ?? "/"));
}

/** In a window that is open, or else in a new one. @param {string} navigate */
async function openAt(navigate) {
  const { pathname } = new URL(navigate, location.href); // of this site, whatever its name
  const there = (await windows()).find(({ url }) => new URL(url).pathname.startsWith("/rooms/"));
  if (!there) return worker.clients.openWindow(pathname);
  await there.focus().catch(() => {});
  there.postMessage({ visit: pathname });
}

/** The push service gave this browser another address. @param {any} event */
function resubscribe(event) {
  event.waitUntil(subscribe(event.newSubscription));
}

/** @param {any} subscription */
async function subscribe(subscription) {
  const { key, token } = await (await fetch("/push/key")).json();
  const how = { userVisibleOnly: true, applicationServerKey: key };
  const now = subscription ?? (await worker.registration.pushManager.subscribe(how));
  const headers = { "content-type": "application/json", "x-csrftoken": token };
  await fetch("/push/", { method: "POST", headers, body: JSON.stringify(now) });
}

worker.addEventListener("push", push);
worker.addEventListener("notificationclick", click);
worker.addEventListener("pushsubscriptionchange", resubscribe);
worker.addEventListener("install", install);
worker.addEventListener("activate", activate);
worker.addEventListener("fetch", answer);
