/** Who this device is: the invitation in its address, and its signature for the live socket. No words and no page. */
import { knownDevice, signed } from "./device";

const FRAGMENT = "#masuk=";
/** As the mirror says it before what it asks to be signed. */
const FOR_LIVE = "live-room live\n";

export function isInvited(place: Location): boolean {
  return place.hash.startsWith(FRAGMENT);
}

/** The invitation in the address, taken out of it at once: neither history nor a picture of the screen keeps it. */
export function takeInvitation(place: Location, history: History): string | null {
  if (!isInvited(place)) return null;
  const token = place.hash.slice(FRAGMENT.length);
  history.replaceState(null, "", place.pathname);
  // Whatever else is written there is no invitation, and is told so by the doors.
  return token.length > 0 && token.length <= 512 ? token : null;
}

/** The signature over a nonce of the live socket; null where this device has no key. */
export async function proofFor(nonce: string): Promise<string | null> {
  const device = await knownDevice();
  return device === null ? null : signed(device, FOR_LIVE + nonce);
}
