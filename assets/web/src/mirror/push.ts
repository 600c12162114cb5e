/** Whether this device is rung in an emergency: what the browser allows, what the room's doors say, and how it is turned on and off. No words. */
import { bytesOf } from "./device";
import { ask, Refusal, type WhoAmI } from "./doors";
import { keep, kept, LANGUAGE, RUNG } from "./storage";

const DOOR = "/session/push";
/** So long the service worker may take to stand: it is registered after the first picture. */
const PATIENCE_MS = 6_000;

export type Bell =
  | { state: "on" }
  /** `key`: what the browser subscribes with. */
  | { state: "off"; key: string }
  /** The owner of the browser said no, and alone can take it back. */
  | { state: "blocked" }
  /** `install`: iOS rings pages on the home screen alone. `service`: the browser's own push service is out of reach. */
  | { state: "impossible"; why: "browser" | "install" | "service" }
  | { state: "absent"; why: "not_configured" | "simulated" };

/** What is asked of the doors needs the word of a live socket. */
type Live = Record<string, string>;

export interface Subscribed {
  readonly endpoint: string;
  readonly options: { readonly applicationServerKey: ArrayBuffer | null };
  toJSON(): { keys?: Record<string, string> };
  unsubscribe(): Promise<boolean>;
}

interface Host {
  getSubscription(): Promise<Subscribed | null>;
  subscribe(options: { userVisibleOnly: boolean; applicationServerKey: BufferSource }): Promise<Subscribed>;
}

/** The browser, as far as it rings. */
export interface Ringing {
  /** Null: it shows no notifications at all. */
  permission(): NotificationPermission | null;
  askPermission(): Promise<NotificationPermission>;
  /** Null: there is none, or its worker does not come. */
  host(): Promise<Host | null>;
  /** It would ring if the page stood on the home screen. */
  needsInstalling(): boolean;
  /** For which of the doors' devices it was turned on: the next owner of this browser has not asked for it. */
  owner(): Promise<string | undefined>;
  setOwner(device: string): Promise<void>;
}

export const browser: Ringing = {
  permission: () => (typeof Notification === "undefined" ? null : Notification.permission),
  askPermission: () => Notification.requestPermission(),
  host: async () => {
    if (!("serviceWorker" in navigator) || !("PushManager" in window)) return null;
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), PATIENCE_MS));
    return (await Promise.race([navigator.serviceWorker.ready, late]))?.pushManager ?? null;
  },
  needsInstalling: () => /iPhone|iPad/.test(navigator.userAgent) && !matchMedia("(display-mode: standalone)").matches,
  owner: () => kept<string>(RUNG),
  setOwner: (device) => keep(RUNG, device).catch(() => undefined),
};

/** How it stands; raises `Unreachable`, `Refusal`. */
export async function bellOf(live: Live, device: Ringing = browser): Promise<Bell> {
  const told = await standing(live);
  if ("state" in told) return told;
  const impossible: Bell = { state: "impossible", why: device.needsInstalling() ? "install" : "browser" };
  if (device.permission() === null) return impossible;
  if (device.permission() === "denied") return { state: "blocked" };
  const host = await device.host();
  if (host === null) return impossible;
  const subscribed = await host.getSubscription();
  const off: Bell = { state: "off", key: told.public_key };
  const isOn = subscribed !== null && told.is_on && device.permission() === "granted" && isFor(subscribed, told.public_key);
  return isOn ? { state: "on" } : off;
}

/** Tells the doors again what the same owner has turned on: its session was another, or the browser has changed the address. */
export async function renew(live: Live, device: Ringing = browser): Promise<void> {
  const owner = await device.owner();
  if (owner === undefined || device.permission() !== "granted") return;
  const subscribed = (await (await device.host())?.getSubscription()) ?? null;
  const told = subscribed === null ? null : await standing(live);
  if (subscribed === null || told === null || "state" in told || !isFor(subscribed, told.public_key)) return;
  const who = await whoAmI(live);
  if (who.device === owner) await tell(subscribed, who, live);
}

/** Asks the owner, then the browser's push service, then the doors. Call it in the very tap: browsers ask nobody else. */
export async function turnOn(key: string, live: Live, language: string, device: Ringing = browser): Promise<Bell> {
  const permission = await device.askPermission();
  if (permission !== "granted") return permission === "denied" ? { state: "blocked" } : { state: "off", key };
  const host = await device.host();
  if (host === null) return { state: "impossible", why: "browser" };
  await keep(LANGUAGE, language).catch(() => undefined);
  const subscribed = await subscription(host, key).catch(() => null);
  if (subscribed === null) return { state: "impossible", why: "service" };
  try {
    const who = await whoAmI(live);
    await tell(subscribed, who, live);
    if (who.device !== null) await device.setOwner(who.device);
  } catch (error) {
    await subscribed.unsubscribe().catch(() => false);
    throw error;
  }
  return { state: "on" };
}

/** Off in the browser or at the doors is off; raises what the doors said where neither worked. */
export async function turnOff(live: Live, device: Ringing = browser): Promise<void> {
  const isSilent = await silence(device);
  try {
    await ask("DELETE", DOOR, undefined, { ...live, "X-CSRF-Token": (await whoAmI(live)).csrf });
  } catch (error) {
    if (!isSilent) throw error;
  }
}

/** Takes the subscription out of the browser, whatever the doors know; whether there was one and it is gone. */
export async function silence(device: Ringing = browser): Promise<boolean> {
  try {
    return (await (await (await device.host())?.getSubscription())?.unsubscribe()) ?? false;
  } catch {
    return false;
  }
}

async function standing(live: Live): Promise<{ public_key: string; is_on: boolean } | Bell> {
  try {
    return await ask("GET", DOOR, undefined, live);
  } catch (error) {
    if (error instanceof Refusal && error.code === "no_push") return { state: "absent", why: "not_configured" };
    if (error instanceof Refusal && error.code === "simulated") return { state: "absent", why: "simulated" };
    throw error;
  }
}

/** The browser keeps one at a time, for one key: of another it is taken back first. */
async function subscription(host: Host, key: string): Promise<Subscribed> {
  const standing = await host.getSubscription();
  if (standing !== null && isFor(standing, key)) return standing;
  await standing?.unsubscribe();
  return host.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(key) });
}

function isFor({ options }: Subscribed, key: string): boolean {
  if (options.applicationServerKey === null) return false;
  const [has, wanted] = [new Uint8Array(options.applicationServerKey), bytesOf(key)];
  return has.length === wanted.length && has.every((byte, place) => byte === wanted[place]);
}

async function tell(subscribed: Subscribed, { csrf }: WhoAmI, live: Live): Promise<void> {
  const { p256dh = "", auth = "" } = subscribed.toJSON().keys ?? {};
  await ask("POST", DOOR, { endpoint: subscribed.endpoint, p256dh, auth }, { ...live, "X-CSRF-Token": csrf });
}

function whoAmI(live: Live): Promise<WhoAmI> {
  return ask("GET", "/session", undefined, live);
}
