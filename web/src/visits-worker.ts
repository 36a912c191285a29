// Keeps the page of a visitor, and what it is made of, for the day only; never what it shows:
// that lies encrypted in the page's own safe (visits/safe.ts).
const NAME = "carrears-visits-";
const PATIENCE_MS = 4_000;

interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Extendable {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Told extends Extendable {
  readonly data: { keep?: string[]; until?: number; wipe?: boolean };
}
interface Worker {
  readonly registration: { scope: string };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(name: "install" | "activate", heard: (event: Extendable) => void): void;
  addEventListener(name: "fetch", heard: (event: Fetching) => void): void;
  addEventListener(name: "message", heard: (event: Told) => void): void;
}
const worker = self as unknown as Worker;
const PAGE = new URL(worker.registration.scope).pathname;

// One after the other, in the order of what was asked: a wipe comes after what was kept before it.
let work: Promise<void> = Promise.resolve();

/** The cache of the day, if it is not over; whatever is over goes. */
async function today(): Promise<Cache | null> {
  let found: Cache | null = null;
  for (const name of await caches.keys()) {
    if (!name.startsWith(NAME)) continue;
    if (Number(name.slice(NAME.length)) <= Date.now()) await caches.delete(name);
    else found = await caches.open(name);
  }
  return found;
}

async function keep(urls: string[], until: number): Promise<void> {
  const name = NAME + String(until);
  for (const other of await caches.keys()) {
    if (other.startsWith(NAME) && other !== name) await caches.delete(other);
  }
  const cache = await caches.open(name);
  const known = new Set((await cache.keys()).map((one) => new URL(one.url).pathname));
  const fresh = urls.filter((url) => url === PAGE || !known.has(url));
  for (const url of fresh) {
    const response = await fetch(url, { redirect: "manual" });
    if (response.ok) await cache.put(url, response);
  }
}

async function wipe(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith(NAME)) await caches.delete(name);
}

async function page(request: Request): Promise<Response> {
  try {
    return await Promise.race([fetch(request), after(PATIENCE_MS)]);
  } catch {
    const kept = await (await today())?.match(PAGE);
    return kept ?? fetch(request);
  }
}

async function made(request: Request): Promise<Response> {
  const kept = await (await today())?.match(new URL(request.url).pathname);
  return kept ?? fetch(request);
}

function after(wait: number): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error("too slow")), wait));
}

worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim().then(today)));
worker.addEventListener("message", (event) => {
  const { keep: urls, until, wipe: all } = event.data;
  if (all) work = work.then(wipe);
  else if (Array.isArray(urls) && typeof until === "number") {
    work = work.then(() => keep(urls, until)).catch(() => undefined);
  }
  event.waitUntil(work);
});
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && url.pathname === PAGE) event.respondWith(page(request));
  else if (url.pathname.startsWith("/static/")) event.respondWith(made(request));
});
