/** What the page asks the doors about its reader: always through the mirror's own origin, always as JSON. */

export interface WhoAmI {
  login: string;
  name: string;
  role: string;
  agency: string | null;
  csrf: string;
  ends_at: string;
  device: string | null;
}

export interface SessionRow {
  id: string;
  created_at: string;
  seen_at: string;
  expires_at: string;
  device: string;
  is_this: boolean;
}

export interface Invited {
  attempt: string;
  /** For `navigator.credentials.create`; null where the doors make no passkeys. */
  options: Record<string, unknown> | null;
  name: string;
  role: string;
  city: string;
}

/** What a door refused: its status, its code, and after how many seconds it may be asked again. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly retryAfter_s: number | null,
  ) {
    super(`${status} ${code}`);
  }
}

/** Nobody answered: there is no network, or no server. */
export class Unreachable extends Error {}

const PATIENCE_MS = 20_000;

/** The answer of a door; raises `Refusal` or `Unreachable`. */
export async function ask<T>(method: "GET" | "POST" | "DELETE", path: string, body?: unknown, more: Record<string, string> = {}): Promise<T> {
  const headers: Record<string, string> = { ...more };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer: Response;
  try {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    answer = await fetch(path, { method, headers, credentials: "same-origin", cache: "no-store", redirect: "error", signal: AbortSignal.timeout(PATIENCE_MS), ...sent });
  } catch {
    throw new Unreachable(path);
  }
  if (answer.status >= 502 && answer.status <= 504) throw new Unreachable(path);
  if (!answer.ok) throw await refusalOf(answer);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

async function refusalOf(answer: Response): Promise<Refusal> {
  const told = (await answer.json().catch(() => ({}))) as { code?: unknown };
  const after = Number(answer.headers.get("Retry-After"));
  return new Refusal(answer.status, typeof told.code === "string" ? told.code : "", Number.isFinite(after) && after > 0 ? after : null);
}
