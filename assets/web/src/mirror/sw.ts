/** The service worker: keeps the page's own files, so that it opens without a network and shows the last picture as what it is.
 *
 * It never touches what is said about the room or about people: only the files named at build, and the page itself.
 */

declare const self: ServiceWorkerGlobalScope;
/** Put in at build: what the page is made of, and the name of this build. */
declare const FILES: readonly string[];
declare const BUILD: string;

interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface ServiceWorkerGlobalScope {
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;
}

const SHELF = `live-room-${BUILD}`;
/** So long the network is waited for before the page that is kept is shown. */
const PATIENCE_MS = 1_500;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(SHELF)
      .then((shelf) => shelf.addAll(["/", ...FILES]))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("live-room-") && name !== SHELF).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin || url.search !== "") return;
  if (url.pathname === "/" && request.mode === "navigate") event.respondWith(page(request));
  else if (FILES.includes(url.pathname)) event.respondWith(caches.match(url.pathname).then((kept) => kept ?? fetch(request)));
});

/** The newest page when the network gives one soon, else the one that is kept. */
async function page(request: Request): Promise<Response> {
  const patience = new Promise<null>((resolve) => setTimeout(() => resolve(null), PATIENCE_MS));
  const asked = fetch(request).catch(() => null);
  const answer = await Promise.race([asked, patience]);
  if (answer?.ok === true) return answer;
  return (await caches.match("/")) ?? (await asked) ?? Response.error();
}

export {};
