/** Frames of the live socket: inflated with the words both sides know, and looked at before anything is believed. Pure. */
import { inflateSync, strFromU8 } from "fflate";
import type { Bye, Frame, Said } from "./contract";

/** A frame whose contents are longer than this is refused: the whole of a large city is less than a tenth of it. */
const MOST_INFLATED = 32 * 2 ** 20;

export class FrameError extends Error {}

/** The frame in `bytes`; raises `FrameError`. `words`: the preset dictionary. */
export function frameOf(bytes: Uint8Array, words: Uint8Array): Frame {
  let read: unknown;
  try {
    const inflated = inflateSync(bytes, { dictionary: words });
    if (inflated.length > MOST_INFLATED) throw new FrameError("too large");
    read = JSON.parse(strFromU8(inflated));
  } catch (error) {
    throw new FrameError(`a frame cannot be read: ${String(error)}`);
  }
  if (!isFrame(read)) throw new FrameError("a frame holds something else than it should");
  return read;
}

/** What a text of the server says; null for what this page does not know. */
export function saidIn(text: string): Said | null {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(read)) return null;
  switch (read["kind"]) {
    case "challenge":
      return typeof read["nonce"] === "string" ? (read as unknown as Said) : null;
    case "welcome":
      return typeof read["token"] === "string" && isCount(read["at"]) && isRecord(read["who"]) ? (read as unknown as Said) : null;
    case "beat":
      return isCount(read["at"]) ? (read as unknown as Said) : null;
    case "bye":
      return { kind: "bye", why: read["why"] as Bye };
    default:
      return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function isFrame(value: unknown): value is Frame {
  if (!isRecord(value)) return false;
  const { from, to, at, epoch, part, of, put, gone, lines, fresh, simulated, wall } = value;
  if (![from, to, at].every(isCount) || typeof epoch !== "string") return false;
  if ((part !== undefined && !isCount(part)) || (of !== undefined && !isCount(of))) return false;
  if (put !== undefined && !(isRecord(put) && Object.values(put).every(isRows))) return false;
  if (gone !== undefined && !(isRecord(gone) && Object.values(gone).every(Array.isArray))) return false;
  if (lines !== undefined && !(Array.isArray(lines) && lines.every((line) => Array.isArray(line) && isRecord(line[2])))) return false;
  if (fresh !== undefined && !(isRecord(fresh) && Object.values(fresh).every((said) => Array.isArray(said) && typeof said[0] === "string"))) return false;
  if (simulated !== undefined && !Array.isArray(simulated)) return false;
  return wall === undefined || wall === null || (isRecord(wall) && Array.isArray(wall["slots"]));
}

function isRows(rows: unknown): boolean {
  return isRecord(rows) && Object.values(rows).every((row) => Array.isArray(row) && row.length === 6 && isRecord(row[5]));
}
