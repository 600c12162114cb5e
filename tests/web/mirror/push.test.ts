/** Ringing in an emergency: every state a browser and a room can be in, what is sent to the doors, and what the service worker says. */
import { transformWithEsbuild } from "vite";
import { base64url } from "../../../assets/web/src/mirror/device";
import source from "../../../assets/web/src/mirror/sw.ts?raw";
import { bellOf, renew, silence, turnOff, turnOn, type Ringing, type Subscribed } from "../../../assets/web/src/mirror/push";

const KEY = base64url(Uint8Array.from({ length: 65 }, (_, place) => place));
const OTHER = base64url(Uint8Array.from({ length: 65 }, () => 9));
const LIVE = { "X-Live": "word" };
const KEYS = { p256dh: "point", auth: "secret" };

interface Asked {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: unknown;
}

/** The doors as they answer; `refuses`: by method, a status and a code. */
class Doors {
  isOn = false;
  device = "d1";
  key = KEY;
  asked: Asked[] = [];
  refuses: Record<string, [number, string]> = {};

  answer = async (path: string, init: RequestInit): Promise<Response> => {
    const method = init.method ?? "GET";
    const headers = init.headers as Record<string, string>;
    this.asked.push({ method, path, headers, body: init.body === undefined ? undefined : JSON.parse(init.body as string) });
    if (path === "/session") return Response.json({ csrf: "token", device: this.device });
    const refused = this.refuses[method];
    if (refused !== undefined) return Response.json({ code: refused[1] }, { status: refused[0] });
    if (method === "GET") return Response.json({ public_key: this.key, is_on: this.isOn });
    this.isOn = method === "POST";
    return new Response(null, { status: 204 });
  };

  of(method: string): Asked[] {
    return this.asked.filter((one) => one.method === method);
  }
}

class Phone implements Ringing {
  allowed: NotificationPermission | null = "default";
  answers: NotificationPermission = "granted";
  subscribed: (Subscribed & { key: string }) | null = null;
  hasWorker = true;
  isReached = true;
  isIos = false;
  owned: string | undefined;
  owner = async (): Promise<string | undefined> => this.owned;
  setOwner = async (device: string): Promise<void> => void (this.owned = device);
  permission = (): NotificationPermission | null => this.allowed;
  needsInstalling = (): boolean => this.isIos;
  askPermission = async (): Promise<NotificationPermission> => (this.allowed = this.answers);

  host = async () =>
    this.hasWorker
      ? {
          getSubscription: async () => this.subscribed,
          subscribe: async ({ userVisibleOnly, applicationServerKey }: { userVisibleOnly: boolean; applicationServerKey: BufferSource }) => {
            if (!this.isReached) throw new DOMException("push service error", "AbortError");
            expect(userVisibleOnly).toBe(true);
            if (this.subscribed !== null) throw new DOMException("another key", "InvalidStateError");
            return this.subscribe(base64url(applicationServerKey as Uint8Array));
          },
        }
      : null;

  subscribe(key: string): Subscribed {
    const bytes = Uint8Array.from(atob(key.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    this.subscribed = {
      key,
      endpoint: `https://push.example.com/${key.slice(0, 8)}`,
      options: { applicationServerKey: bytes.buffer },
      toJSON: () => ({ keys: KEYS }),
      unsubscribe: async () => {
        this.subscribed = null;
        return true;
      },
    };
    return this.subscribed;
  }
}

let doors: Doors;
let phone: Phone;

beforeEach(() => {
  [doors, phone] = [new Doors(), new Phone()];
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => doors.answer(path, init));
});
afterEach(() => void vi.unstubAllGlobals());

test("a room without a key, and one that is simulated, say so whatever the browser can", async () => {
  phone.allowed = null;
  for (const [code, why] of [["no_push", "not_configured"], ["simulated", "simulated"]] as const) {
    doors.refuses = { GET: [404, code] };
    expect(await bellOf(LIVE, phone)).toEqual({ state: "absent", why });
  }
  doors.refuses = { GET: [403, "not_live"] };
  await expect(bellOf(LIVE, phone)).rejects.toThrow("403 not_live");
});

test("what a browser cannot is told by why", async () => {
  phone.allowed = null;
  expect(await bellOf(LIVE, phone)).toEqual({ state: "impossible", why: "browser" });
  phone.isIos = true;
  expect(await bellOf(LIVE, phone)).toEqual({ state: "impossible", why: "install" });
  [phone.allowed, phone.isIos, phone.hasWorker] = ["default", false, false];
  expect(await bellOf(LIVE, phone)).toEqual({ state: "impossible", why: "browser" });
  [phone.allowed, phone.hasWorker] = ["denied", true];
  expect(await bellOf(LIVE, phone)).toEqual({ state: "blocked" });
});

test("nobody is asked before the tap; after it the device is rung, in these words to the doors", async () => {
  const asking = vi.spyOn(phone, "askPermission");
  expect(await bellOf(LIVE, phone)).toEqual({ state: "off", key: KEY });
  expect(asking).not.toHaveBeenCalled();
  expect(doors.of("POST")).toEqual([]);
  expect(await turnOn(KEY, LIVE, "en", phone)).toEqual({ state: "on" });
  expect(asking).toHaveBeenCalledTimes(1);
  expect(doors.of("POST")).toEqual([
    { method: "POST", path: "/session/push", headers: { ...LIVE, "X-CSRF-Token": "token", "Content-Type": "application/json" }, body: { endpoint: phone.subscribed?.endpoint, ...KEYS } },
  ]);
  expect(await bellOf(LIVE, phone)).toEqual({ state: "on" });
});

test("the permission is asked for before anything else is waited for: a browser asks in the tap alone", () => {
  const asking = vi.spyOn(phone, "askPermission");
  void turnOn(KEY, LIVE, "id", phone).catch(() => undefined);
  expect(asking).toHaveBeenCalledTimes(1);
});

test.each([
  ["denied", { state: "blocked" }],
  ["default", { state: "off", key: KEY }],
] as const)("an owner who says %s is not rung", async (answer, bell) => {
  phone.answers = answer;
  expect(await turnOn(KEY, LIVE, "id", phone)).toEqual(bell);
  expect([phone.subscribed, doors.asked]).toEqual([null, []]);
});

test("without the browser's own service, and where the doors refuse, nothing is left behind", async () => {
  phone.isReached = false;
  expect(await turnOn(KEY, LIVE, "id", phone)).toEqual({ state: "impossible", why: "service" });
  phone.isReached = true;
  doors.refuses = { POST: [400, "bad_subscription"] };
  await expect(turnOn(KEY, LIVE, "id", phone)).rejects.toThrow("400 bad_subscription");
  expect(phone.subscribed).toBeNull();
});

test("a subscription for another key, one the doors do not know, and one the browser has lost are off", async () => {
  phone.allowed = "granted";
  doors.isOn = true;
  expect(await bellOf(LIVE, phone)).toEqual({ state: "off", key: KEY });
  phone.subscribe(OTHER);
  expect(await bellOf(LIVE, phone)).toEqual({ state: "off", key: KEY });
  expect(await turnOn(KEY, LIVE, "id", phone)).toEqual({ state: "on" });
  expect(phone.subscribed?.key).toBe(KEY);
  doors.isOn = false;
  expect(await bellOf(LIVE, phone)).toEqual({ state: "off", key: KEY });
});

test("when the page opens the doors are told again what its owner has turned on, at whatever address the browser has now", async () => {
  await renew(LIVE, phone);
  expect(doors.asked).toEqual([]);
  await turnOn(KEY, LIVE, "id", phone);
  doors.isOn = false;
  phone.subscribed = { ...phone.subscribed!, endpoint: "https://push.example.com/moved" };
  await renew(LIVE, phone);
  expect(doors.of("POST").map(({ body }) => (body as { endpoint: string }).endpoint).at(-1)).toBe("https://push.example.com/moved");
  expect(await bellOf(LIVE, phone)).toEqual({ state: "on" });
});

test.each<[string, () => void]>([
  ["the next owner of the phone", () => void (doors.device = "d2")],
  ["whom the browser lets ring no more", () => void (phone.allowed = "denied")],
  ["who has lost the subscription", () => void (phone.subscribed = null)],
  ["a room with another key", () => void (doors.key = OTHER)],
  ["a room that rings nobody any more", () => void (doors.refuses = { GET: [404, "no_push"] })],
])("%s is not told for", async (_, change) => {
  await turnOn(KEY, LIVE, "id", phone);
  const before = doors.of("POST").length;
  change();
  await renew(LIVE, phone);
  expect(doors.of("POST")).toHaveLength(before);
});

test("off is off in the browser and at the doors; one of them is enough, neither is told", async () => {
  await turnOn(KEY, LIVE, "id", phone);
  await turnOff(LIVE, phone);
  expect([phone.subscribed, doors.isOn]).toEqual([null, false]);
  await turnOn(KEY, LIVE, "id", phone);
  doors.refuses = { DELETE: [403, "not_live"] };
  await turnOff(LIVE, phone);
  expect(phone.subscribed).toBeNull();
  await expect(turnOff(LIVE, phone)).rejects.toThrow("403 not_live");
  phone.hasWorker = false;
  expect(await silence(phone)).toBe(false);
});

/** The worker as it is built, in a browser of a few lines; `kept`: what the page kept under each name. */
async function worker(kept: Record<string, unknown> | null, pages: string[] = []) {
  const { code } = await transformWithEsbuild(source, "sw.ts", { format: "iife", target: "es2022", define: { FILES: "[]", BUILD: '"b"' } });
  const listeners: Record<string, (event: unknown) => void> = {};
  const shown: [string, Record<string, unknown>][] = [];
  const acts: string[] = [];
  const self = {
    location: { origin: "https://cermin.test" },
    addEventListener: (type: string, listener: (event: unknown) => void) => (listeners[type] = listener),
    registration: { showNotification: async (title: string, more: Record<string, unknown>) => void shown.push([title, more]) },
    clients: {
      matchAll: async () => pages.map((url) => ({ url, focus: async () => (url.includes("stubborn") ? Promise.reject(new Error("no")) : acts.push(`focus ${url}`)) })),
      openWindow: async (url: string) => acts.push(`open ${url}`),
    },
  };
  const store = { get: (name: string) => answered(kept?.[name]) };
  const indexedDB = {
    open: (name: string, version: number) => {
      expect([name, version]).toEqual(["live-room-mirror", 1]);
      return kept === null ? failed() : answered({ objectStoreNames: { contains: () => !("empty" in kept) }, transaction: () => ({ objectStore: () => store }), close: () => undefined });
    },
  };
  new Function("self", "indexedDB", "caches", code)(self, indexedDB, {});
  const send = async (type: string, more: object = {}): Promise<void> => {
    const work: Promise<unknown>[] = [];
    listeners[type]!({ waitUntil: (promise: Promise<unknown>) => work.push(promise), ...more });
    expect(work).toHaveLength(1);
    await work[0];
  };
  return { send, shown, acts };
}

function answered(result: unknown): Record<string, unknown> {
  const request: Record<string, unknown> = { result };
  queueMicrotask(() => (request["onsuccess"] as () => void)());
  return request;
}

function failed(): Record<string, unknown> {
  const request: Record<string, unknown> = {};
  queueMicrotask(() => (request["onerror"] as () => void)());
  return request;
}

test.each([
  [{ language: "id" }, "Live Room: buka aplikasi", "id"],
  [{ language: "en" }, "Live Room: open the app", "en"],
  [{}, "Live Room: buka aplikasi", "id"],
  [{ language: "<b>" }, "Live Room: buka aplikasi", "id"],
  [{ empty: true, language: "en" }, "Live Room: buka aplikasi", "id"],
  [null, "Live Room: buka aplikasi", "id"],
])("with %o kept a ring says %s, whatever it was sent", async (kept, said, lang) => {
  const { send, shown } = await worker(kept);
  for (const data of [null, { text: () => "Banjir di Cipondoh", json: () => ({ title: "x" }) }]) await send("push", { data });
  expect(shown.map(([title]) => title)).toEqual([said, said]);
  expect(shown[0]![1]).toEqual({ tag: "emergency", renotify: true, lang, icon: "/icons/mirror-192.png" });
});

test.each([
  [[], ["open /"]],
  [["https://cermin.test/map.html", "https://cermin.test/"], ["focus https://cermin.test/"]],
  [["https://cermin.test/?stubborn"], ["open /"]],
])("with pages %o open a tap does %o", async (pages, done) => {
  const { send, acts } = await worker({}, pages);
  const notification = { close: vi.fn() };
  await send("notificationclick", { notification });
  expect(acts).toEqual(done);
  expect(notification.close).toHaveBeenCalledTimes(1);
});
