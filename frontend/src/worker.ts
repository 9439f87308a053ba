// The phone's own copy: assets from it first, public pages from the network
// first. Its name carries nothing of the build: assets are named by content,
// and pages are renewed at every visit.
import { noLine, wayOf } from './offline';

interface FetchEvent extends Event {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Lifetime extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Worker {
  addEventListener(kind: 'fetch', act: (event: FetchEvent) => void): void;
  addEventListener(kind: 'install' | 'activate', act: (event: Lifetime) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
}
const worker = self as unknown as Worker;
const store = 'passerelle-1';
const most = 80;

worker.addEventListener('install', (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener('activate', (event) => event.waitUntil(tidy().then(() => worker.clients.claim())));
worker.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== location.origin) return;
  const way = wayOf(event.request.method, event.request.mode, url);
  if (way === 'asset') event.respondWith(asset(event.request));
  if (way === 'page') event.respondWith(page(event.request, url));
});

async function asset(request: Request): Promise<Response> {
  const cache = await caches.open(store);
  const copy = await cache.match(request);
  if (copy) return copy;
  const fresh = await fetch(request);
  if (fresh.ok) await cache.put(request, fresh.clone());
  return fresh;
}

async function page(request: Request, url: URL): Promise<Response> {
  const cache = await caches.open(store);
  try {
    const fresh = await fetch(request);
    if (fresh.ok && !fresh.redirected) await cache.put(request, fresh.clone());
    return fresh;
  } catch {
    const copy = await cache.match(request);
    return copy ?? new Response(noLine(url), { status: 503, headers: { 'Content-Type': 'text/html; charset=utf-8' } });
  }
}

/** Drops copies of other names, and the oldest of too many. */
async function tidy(): Promise<void> {
  for (const name of await caches.keys()) if (name !== store) await caches.delete(name);
  const cache = await caches.open(store);
  const kept = await cache.keys();
  for (const old of kept.slice(0, Math.max(0, kept.length - most))) await cache.delete(old);
}
