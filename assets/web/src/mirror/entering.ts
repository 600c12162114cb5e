/** How a device is let in and out: by invitation, by its key, by a passkey; its sessions. Not needed while it looks. No words and no page. */
import { forgetDevice, forgetTried, idOf, keepDevice, keepTried, knownDevice, newDevice, publicKeyOf, signed, triedDevice, type Device } from "./device";
import { ask, Refusal, Unreachable, type Invited, type SessionRow, type WhoAmI } from "./doors";

/** As the doors say it before what they ask to be signed. */
const FOR_DEVICE = "live-room device\n";

export function invitationOf(token: string): Promise<Invited> {
  return ask("POST", "/session/invitation/options", { token });
}

/** Uses the invitation up: from here on this device is let in.
 *
 * The key it is let in with takes the place of the one it has when the doors have said so, not before. An answer that was lost on its way has
 * used the invitation up all the same: tried again, the doors know the key.
 */
export async function enter(token: string, invited: Invited, passkey: unknown): Promise<WhoAmI> {
  const tried = await triedDevice(token);
  const device = tried ?? (await newDevice());
  const proof = await signed(device, FOR_DEVICE + invited.attempt);
  await keepTried(token, device);
  const shown = { public_key: await publicKeyOf(device), proof };
  const body = { token, attempt: invited.attempt, label: deviceLabel(navigator.userAgent), device: shown, passkey };
  return bound(device, await ask<WhoAmI>("POST", "/session/invitation", body));
}

/** Whether this device was let in by an invitation that it did not hear was taken; raises `Unreachable`, `Refusal` 429. */
export async function wasLetIn(token: string): Promise<boolean> {
  const device = await triedDevice(token);
  return device !== null && (await proved(device, await idOf(device)));
}

/** Signs in again with the device's key, asking nobody; false: the doors do not know it any more. Raises `Unreachable`, `Refusal` 429. */
export async function comeBack(): Promise<boolean> {
  const device = await knownDevice();
  return device !== null && device.id !== null && (await proved(device, device.id));
}

async function proved(device: Device, id: string): Promise<boolean> {
  try {
    const { attempt, challenge } = await ask<{ attempt: string; challenge: string }>("POST", "/session/device/options", { device: id });
    const proof = await signed(device, `${FOR_DEVICE}${attempt}\n${challenge}`);
    await bound(device, await ask<WhoAmI>("POST", "/session/device", { attempt, device: id, proof }));
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
  return bound(device, await ask<WhoAmI>("POST", "/session/passkey", { attempt, credential, device: shown }));
}

async function bound(device: Device, who: WhoAmI): Promise<WhoAmI> {
  await keepDevice({ ...device, id: who.device });
  await forgetTried();
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
