/** This device's key: made here, kept by the browser, never handed out. It signs what the doors and the live socket ask. */
import { discard, keep, kept } from "./storage";

const NAME = "device";
const TRIED = "device.tried";
const CURVE = { name: "ECDSA", namedCurve: "P-256" } as const;

export interface Device {
  /** As the doors call it; null while no session is bound to it. */
  id: string | null;
  keys: CryptoKeyPair;
}

/** Signing needs a secure context; without one nobody can be let in. */
export function canSign(): boolean {
  return window.isSecureContext && typeof crypto.subtle === "object" && typeof indexedDB === "object";
}

export async function knownDevice(): Promise<Device | null> {
  const device = await kept<Device>(NAME);
  return device?.keys?.privateKey === undefined ? null : device;
}

/** A new key, not yet kept. */
export async function newDevice(): Promise<Device> {
  return { id: null, keys: (await crypto.subtle.generateKey(CURVE, false, ["sign", "verify"])) as CryptoKeyPair };
}

/** Raises what the browser says when it keeps nothing (private window): then nobody could come back. */
export async function keepDevice(device: Device): Promise<void> {
  await keep(NAME, device);
}

export async function forgetDevice(): Promise<void> {
  await discard(NAME);
}

/** The key that an invitation is being redeemed with, until the doors have said yes: by the invitation it was made for. */
interface Tried extends Device {
  token: string;
}

export async function keepTried(token: string, device: Device): Promise<void> {
  await keep(TRIED, { ...device, token } satisfies Tried);
}

export async function triedDevice(token: string): Promise<Device | null> {
  const tried = await kept<Tried>(TRIED);
  return tried?.token === token && tried.keys?.privateKey !== undefined ? { id: null, keys: tried.keys } : null;
}

export async function forgetTried(): Promise<void> {
  await discard(TRIED);
}

/** As the doors call a device: the first 16 digits of its key's SHA-256 (feeds.identity.devices). */
export async function idOf(device: Device): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await crypto.subtle.exportKey("spki", device.keys.publicKey)));
  return [...digest.subarray(0, 8)].map((octet) => octet.toString(16).padStart(2, "0")).join("");
}

/** SPKI, base64url. */
export async function publicKeyOf(device: Device): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.exportKey("spki", device.keys.publicKey)));
}

/** The signature over `words` (r and s, 64 bytes), base64url. */
export async function signed(device: Device, words: string): Promise<string> {
  const made = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, device.keys.privateKey, new TextEncoder().encode(words));
  return base64url(new Uint8Array(made));
}

export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}
