/** Who this device may show the room to: invitation, coming back by device key or passkey, signing out. No words and no page. */
import { forgetDevice, keepDevice, knownDevice, newDevice, publicKeyOf, signed, type Device } from "./device";
import { ask, Refusal, Unreachable, type Invited, type SessionRow, type WhoAmI } from "./doors";

const FRAGMENT = "#masuk=";
/** As the doors and the mirror say it before what they ask to be signed. */
const FOR_DEVICE = "live-room device\n";
const FOR_LIVE = "live-room live\n";

/** The invitation in the address, taken out of it at once: neither history nor a picture of the screen keeps it. */
export function takeInvitation(place: Location, history: History): string | null {
  if (!place.hash.startsWith(FRAGMENT)) return null;
  const token = decodeURIComponent(place.hash.slice(FRAGMENT.length));
  history.replaceState(null, "", place.pathname);
  return token.length > 0 && token.length <= 512 ? token : null;
}

/** The signature over a nonce of the live socket; null where this device has no key. */
export async function proofFor(nonce: string): Promise<string | null> {
  const device = await knownDevice();
  return device === null ? null : signed(device, FOR_LIVE + nonce);
}

export function invitationOf(token: string): Promise<Invited> {
  return ask("POST", "/session/invitation/options", { token });
}

/** Uses the invitation up: from here on this device is let in. The key is kept before anything is used up. */
export async function enter(token: string, invited: Invited, passkey: unknown): Promise<WhoAmI> {
  const device = await newDevice();
  const proof = await signed(device, FOR_DEVICE + invited.attempt);
  const shown = { public_key: await publicKeyOf(device), proof };
  await keepDevice(device);
  try {
    const who = await ask<WhoAmI>("POST", "/session/invitation", { token, attempt: invited.attempt, label: deviceLabel(navigator.userAgent), device: shown, passkey });
    return await bound(device, who);
  } catch (error) {
    if (error instanceof Refusal) await forgetDevice();
    throw error;
  }
}

/** Signs in again with the device's key, asking nobody; false: the doors do not know it any more. Raises `Unreachable`, `Refusal` 429. */
export async function comeBack(): Promise<boolean> {
  const device = await knownDevice();
  if (device === null || device.id === null) return false;
  try {
    const { attempt, challenge } = await ask<{ attempt: string; challenge: string }>("POST", "/session/device/options", { device: device.id });
    const proof = await signed(device, `${FOR_DEVICE}${attempt}\n${challenge}`);
    await bound(device, await ask<WhoAmI>("POST", "/session/device", { attempt, device: device.id, proof }));
    return true;
  } catch (error) {
    if (error instanceof Refusal && error.status !== 429) return false;
    throw error;
  }
}

/** Signs in with a passkey and binds the session to a new key of this device. `assert`: asks the browser for the credential. */
export async function enterByPasskey(assert: (options: Record<string, unknown>) => Promise<unknown>): Promise<WhoAmI> {
  const { attempt, options } = await ask<{ attempt: string; options: Record<string, unknown> }>("POST", "/session/passkey/options", {});
  const credential = await assert(options);
  const device = await newDevice();
  const shown = { public_key: await publicKeyOf(device), proof: await signed(device, FOR_DEVICE + attempt), label: deviceLabel(navigator.userAgent) };
  await keepDevice(device);
  return bound(device, await ask<WhoAmI>("POST", "/session/passkey", { attempt, credential, device: shown }));
}

async function bound(device: Device, who: WhoAmI): Promise<WhoAmI> {
  await keepDevice({ ...device, id: who.device });
  return who;
}

/** What is asked about oneself needs the word of a live socket beside the cookie: it is `live` in all that follows. */
type Live = Record<string, string>;

function whoAmI(live: Live): Promise<WhoAmI> {
  return ask("GET", "/session", undefined, live);
}

export function ownSessions(live: Live): Promise<SessionRow[]> {
  return ask("GET", "/session/all", undefined, live);
}

export async function endSession(id: string, live: Live): Promise<void> {
  const { csrf } = await whoAmI(live);
  await ask("DELETE", `/session/all/${encodeURIComponent(id)}`, undefined, { ...live, "X-CSRF-Token": csrf });
}

/** Ends this session and forgets the key: without it the session opens nothing, so it is forgotten also where nobody can be told now. */
export async function signOut(live: Live): Promise<void> {
  try {
    const { csrf } = await whoAmI(live);
    await ask("DELETE", "/session", undefined, { ...live, "X-CSRF-Token": csrf });
  } catch (error) {
    const isCutOff = error instanceof Unreachable || (error instanceof Refusal && error.code === "not_live");
    if (!isCutOff) throw error;
  }
  await forgetDevice();
}

/** `Chrome · Android`: what its owner knows the device again by. */
export function deviceLabel(agent: string): string {
  const browsers: [RegExp, string][] = [
    [/Edg\//, "Edge"],
    [/SamsungBrowser\//, "Samsung Internet"],
    [/Firefox\//, "Firefox"],
    [/Chrom(?:e|ium)\//, "Chrome"],
    [/Safari\//, "Safari"],
  ];
  const systems: [RegExp, string][] = [
    [/Android/, "Android"],
    [/iPhone/, "iPhone"],
    [/iPad/, "iPad"],
    [/Windows/, "Windows"],
    [/Mac OS X/, "macOS"],
    [/CrOS/, "ChromeOS"],
    [/Linux/, "Linux"],
  ];
  const named = (list: [RegExp, string][]): string | undefined => list.find(([pattern]) => pattern.test(agent))?.[1];
  return [named(browsers), named(systems)].filter(Boolean).join(" · ") || "Browser";
}
