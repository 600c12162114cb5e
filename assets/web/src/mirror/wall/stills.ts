/** The wall as it stands: pictures of its panels in its own geometry, over a socket of their own. Knows no page. */
import { saidIn } from "../frames";
import { proofFor } from "../identity";

export interface WallShape {
  generation: number;
  size: [number, number];
  slots: { index: number; panel: string; rect: [number, number, number, number] }[];
  is_curtained: boolean;
  at: string;
}

export interface WallStill {
  slot: number;
  generation: number;
  painted_at: string;
  url: string;
}

export interface WallState {
  shape: WallShape | null;
  stills: ReadonlyMap<number, WallStill>;
  /** Milliseconds of a clock that only grows since the wall last spoke; null before it did. */
  heardAt: number | null;
  isOpen: boolean;
  /** The wall serves no pictures. */
  isAbsent: boolean;
}

export const NOTHING: WallState = { shape: null, stills: new Map(), heardAt: null, isOpen: false, isAbsent: false };

/** The wall's curtain is one still of all of it, in slot 0. */
export const CURTAIN_SLOT = 0;
const MOST_HEAD_BYTES = 512;
const AGAIN_MS = 3_000;

export class Stills {
  private state: WallState = NOTHING;
  private socket: WebSocket | null = null;
  private timer: number | null = null;
  private isStopped = false;

  constructor(
    private readonly told: (state: WallState) => void,
    private readonly hello: { build: string; language: string },
  ) {
    this.open();
  }

  stop(): void {
    this.isStopped = true;
    if (this.timer !== null) window.clearTimeout(this.timer);
    this.socket?.close();
    for (const { url } of this.state.stills.values()) URL.revokeObjectURL(url);
  }

  private open(): void {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/wall`, "live-room.1");
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === "string") void this.hear(socket, data);
      else this.show(new Uint8Array(data));
    };
    socket.onclose = () => {
      this.set({ isOpen: false });
      if (!this.isStopped) this.timer = window.setTimeout(() => this.open(), AGAIN_MS);
    };
  }

  private async hear(socket: WebSocket, text: string): Promise<void> {
    const said = saidIn(text);
    if (said?.kind === "challenge") {
      const proof = await proofFor(said.nonce).catch(() => null);
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ kind: "hello", proof, have: null, ...this.hello }));
    } else if (said === null) {
      this.shape(text);
    } else {
      this.set({ isOpen: said.kind !== "bye" });
    }
  }

  private shape(text: string): void {
    const shape = shapeIn(text);
    if (shape === null) return this.set({ isAbsent: true });
    const stills = new Map([...this.state.stills].filter(([, still]) => still.generation === shape.generation));
    for (const [slot, { url }] of this.state.stills) if (!stills.has(slot)) URL.revokeObjectURL(url);
    this.set({ shape, stills, heardAt: performance.now(), isOpen: true, isAbsent: false });
  }

  private show(frame: Uint8Array<ArrayBuffer>): void {
    const still = stillIn(frame);
    const { shape } = this.state;
    if (still === null || shape === null || still.generation !== shape.generation) return;
    const before = this.state.stills.get(still.slot);
    const stills = new Map(this.state.stills).set(still.slot, { ...still, url: URL.createObjectURL(still.picture) });
    this.set({ stills, heardAt: performance.now() });
    if (before !== undefined) URL.revokeObjectURL(before.url);
  }

  private set(more: Partial<WallState>): void {
    this.state = { ...this.state, ...more };
    if (!this.isStopped) this.told(this.state);
  }
}

/** A layout as controlroom.live.still_frames has it; null for anything else. */
export function shapeIn(text: string): WallShape | null {
  try {
    const read = JSON.parse(text) as Partial<WallShape>;
    const isShape = Array.isArray(read.slots) && Array.isArray(read.size) && read.size.length === 2 && typeof read.generation === "number";
    return isShape ? (read as WallShape) : null;
  } catch {
    return null;
  }
}

/** Head and picture of a binary frame; null for what no wall sends. */
export function stillIn(frame: Uint8Array<ArrayBuffer>): (Omit<WallStill, "url"> & { picture: Blob }) | null {
  const end = frame.indexOf(10);
  if (end < 0 || end > MOST_HEAD_BYTES) return null;
  try {
    const head = JSON.parse(new TextDecoder().decode(frame.subarray(0, end))) as { slot: number; generation: number; painted_at: string; mime: string };
    if (!["image/jpeg", "image/png", "image/webp"].includes(head.mime) || typeof head.slot !== "number") return null;
    const { slot, generation, painted_at, mime } = head;
    return { slot, generation, painted_at, picture: new Blob([frame.subarray(end + 1)], { type: mime }) };
  } catch {
    return null;
  }
}
