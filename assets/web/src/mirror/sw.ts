/** The service worker: keeps the page's own files, so that it opens without a network and shows the last picture as what it is; and says
 * that there is an emergency, in words that are always the same, whatever it is sent.
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
interface NotificationEvent extends ExtendableEvent {
  readonly notification: { close(): void };
}
interface Page {
  readonly url: string;
  focus(): Promise<unknown>;
}
interface ServiceWorkerGlobalScope {
  readonly location: Location;
  readonly clients: {
    claim(): Promise<void>;
    matchAll(wanted: { type: "window"; includeUncontrolled: boolean }): Promise<readonly Page[]>;
    openWindow(url: string): Promise<unknown>;
  };
  readonly registration: { showNotification(title: string, more: Record<string, unknown>): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "push", listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: "notificationclick", listener: (event: NotificationEvent) => void): void;
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

/** All that is ever said: the lock screen, and whoever stands by, learns no more. */
const SAID = { id: "Live Room: buka aplikasi", en: "Live Room: open the app" };

self.addEventListener("push", (event) => event.waitUntil(ring()));

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openPage());
});

async function ring(): Promise<void> {
  const lang = (await language()) === "en" ? "en" : "id";
  // One tag: a second one takes the first one's place, and is heard.
  await self.registration.showNotification(SAID[lang], { tag: "emergency", renotify: true, lang, icon: "/icons/mirror-192.png" });
}

async function openPage(): Promise<void> {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find(({ url }) => new URL(url).pathname === "/");
  // A browser may refuse to bring a page to the front.
  const isShown = await page?.focus().then(
    () => true,
    () => false,
  );
  if (isShown !== true) await self.clients.openWindow("/");
}

/** As the page last had it (storage.ts); undefined where nothing is kept. */
function language(): Promise<unknown> {
  return new Promise((resolve) => {
    const nothing = (): void => resolve(undefined);
    const asked = indexedDB.open("live-room-mirror", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("kept");
    asked.onerror = asked.onblocked = nothing;
    asked.onsuccess = () => {
      if (!asked.result.objectStoreNames.contains("kept")) return nothing();
      const read = asked.result.transaction("kept").objectStore("kept").get("language");
      read.onsuccess = () => resolve(read.result);
      read.onerror = nothing;
      asked.result.close();
    };
  });
}

export {};
