// Served at /service-worker.js, which says before it what to keep: the address of the offline page,
// and those of what it is made of. Pages and messages are never kept: they are somebody's.

const worker = /** @type {any} */ (self);
/** @type {{page: string, files: string[]}} */
const kept = worker.kept;
const CACHE = "chatsite-offline";

/** @param {any} event */
function install(event) {
  event.waitUntil(keep().then(() => worker.skipWaiting()));
}

async function keep() {
  const cache = await caches.open(CACHE);
  // Without credentials, so that it is nobody's page; and not from the browser's own cache.
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

worker.addEventListener("install", install);
worker.addEventListener("activate", activate);
worker.addEventListener("fetch", answer);
