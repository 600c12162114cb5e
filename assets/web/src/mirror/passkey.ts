/** Passkeys of the browser: whether it can make one, and its answers as JSON. The newer static functions do the same; older browsers lack them. */
import { base64url, bytesOf } from "./device";

interface Described {
  id: string;
  type: "public-key";
  transports?: AuthenticatorTransport[];
}

/** The person changed their mind, or the browser could not ask: go on without one. */
export class NoPasskey extends Error {}

/** Whether this device itself can ask its owner (finger, face, code). */
export async function canMakePasskey(): Promise<boolean> {
  if (!window.isSecureContext || typeof PublicKeyCredential === "undefined") return false;
  return PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().catch(() => false);
}

export async function makePasskey(options: Record<string, unknown>): Promise<unknown> {
  const told = options as { challenge: string; user: { id: string }; excludeCredentials?: Described[] };
  const publicKey = {
    ...told,
    challenge: bytesOf(told.challenge),
    user: { ...told.user, id: bytesOf(told.user.id) },
    excludeCredentials: (told.excludeCredentials ?? []).map((one) => ({ ...one, id: bytesOf(one.id) })),
  } as unknown as PublicKeyCredentialCreationOptions;
  const made = await asked(() => navigator.credentials.create({ publicKey }));
  const answer = made.response as AuthenticatorAttestationResponse;
  return {
    ...named(made),
    response: { clientDataJSON: text(answer.clientDataJSON), attestationObject: text(answer.attestationObject), transports: answer.getTransports?.() ?? [] },
  };
}

export async function showPasskey(options: Record<string, unknown>): Promise<unknown> {
  const told = options as { challenge: string; allowCredentials?: Described[] };
  const publicKey = {
    ...told,
    challenge: bytesOf(told.challenge),
    allowCredentials: (told.allowCredentials ?? []).map((one) => ({ ...one, id: bytesOf(one.id) })),
  } as unknown as PublicKeyCredentialRequestOptions;
  const shown = await asked(() => navigator.credentials.get({ publicKey }));
  const answer = shown.response as AuthenticatorAssertionResponse;
  return {
    ...named(shown),
    response: {
      clientDataJSON: text(answer.clientDataJSON),
      authenticatorData: text(answer.authenticatorData),
      signature: text(answer.signature),
      userHandle: answer.userHandle === null ? null : text(answer.userHandle),
    },
  };
}

async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    const given = await ask();
    if (given instanceof PublicKeyCredential) return given;
  } catch (error) {
    throw new NoPasskey(error instanceof DOMException ? error.name : String(error));
  }
  throw new NoPasskey("none given");
}

function named(credential: PublicKeyCredential): Record<string, unknown> {
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

function text(bytes: ArrayBuffer): string {
  return base64url(new Uint8Array(bytes));
}
