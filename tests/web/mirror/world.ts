/** Stand-ins for the link's surroundings: a clock that is moved by hand, sockets that say what a test lets them say. */
import { deflateSync, strToU8 } from "fflate";
import { Clock } from "../../../assets/web/src/mirror/clock";
import type { Frame } from "../../../assets/web/src/mirror/contract";
import { Link, type SocketLike, type World } from "../../../assets/web/src/mirror/link";
import { Store } from "../../../assets/web/src/mirror/store";

export const WORDS = strToU8('"id":"state":"new""received":"epoch":"put":{"totals":{"city":[');

export class FakeSocket implements SocketLike {
  binaryType = "";
  onopen: SocketLike["onopen"] = null;
  onmessage: SocketLike["onmessage"] = null;
  onclose: SocketLike["onclose"] = null;
  readonly said: Record<string, unknown>[] = [];
  isClosed = false;

  send(text: string): void {
    this.said.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.isClosed = true;
  }

  text(what: object): void {
    this.onmessage?.({ data: JSON.stringify(what) });
  }

  frame(frame: Frame): void {
    this.bytes(packed(frame));
  }

  bytes(bytes: Uint8Array): void {
    this.onmessage?.({ data: bytes.slice().buffer });
  }

  end(code: number): void {
    this.onclose?.({ code });
  }

  kinds(): unknown[] {
    return this.said.map(({ kind }) => kind);
  }
}

export function packed(what: unknown): Uint8Array {
  return deflateSync(strToU8(JSON.stringify(what)), { dictionary: WORDS });
}

/** A clock that only grows and one that can be set; timers run when their time is passed. */
export class FakeWorld implements World {
  now = 1_000;
  set = 50_000_000;
  readonly sockets: FakeSocket[] = [];
  private readonly timers = new Map<number, { at: number; run: () => void }>();
  private frames: (() => void)[] = [];
  private count = 0;

  connect(): SocketLike {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  }

  monotonic = (): number => this.now;
  date = (): number => this.set + this.now;
  random = (): number => 0.5;

  later(run: () => void, ms: number): number {
    this.timers.set(++this.count, { at: this.now + ms, run });
    return this.count;
  }

  cancel(timer: number): void {
    this.timers.delete(timer);
  }

  nextFrame(run: () => void): void {
    this.frames.push(run);
  }

  paint(): void {
    const due = this.frames;
    this.frames = [];
    due.forEach((run) => run());
  }

  /** Lets time pass, running what falls due, in order. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = [...this.timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (next === undefined) break;
      this.timers.delete(next[0]);
      this.now = Math.max(this.now, next[1].at);
      next[1].run();
    }
    this.now = end;
  }

  get socket(): FakeSocket {
    return this.sockets[this.sockets.length - 1]!;
  }
}

export interface Staged {
  world: FakeWorld;
  store: Store;
  clock: Clock;
  link: Link;
  told: string[];
}

/** `set`: by how much the device's date is wrong. */
export function staged({ set = 0, prove = async (nonce: string): Promise<string | null> => `signed ${nonce}` } = {}): Staged {
  const world = new FakeWorld();
  world.set += set;
  const store = new Store(world.monotonic);
  const clock = new Clock(world.monotonic);
  const told: string[] = [];
  const link = new Link(world, store, clock, WORDS, prove, () => ({ build: "b1", language: "id" }), {
    welcomed: ({ token }) => told.push(`welcomed ${token}`),
    lost: () => told.push("lost"),
    ended: (why) => told.push(`ended ${why}`),
    taken: () => told.push("taken"),
  });
  return { world, store, clock, link, told };
}

export const SERVER_AT = 1_790_000_000_000;

export const WELCOME = {
  kind: "welcome",
  token: "t1",
  epoch: "e",
  rev: 4,
  at: SERVER_AT,
  build: "b1",
  who: { login: "wali", name: "Wali", role: "mayor", agency: null, ends_at: "2026-12-01T00:00:00Z" },
  scope: "city",
};

/** Handshake and first snapshot. */
export async function greeted(stage: Staged, frame: Partial<Frame> = {}): Promise<void> {
  stage.link.start();
  stage.world.socket.text({ kind: "challenge", nonce: "n" });
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();
  stage.world.socket.text(WELCOME);
  stage.world.socket.frame(snapshot(4, frame));
}

export function row(seq: number, body: object, quality = "measured"): [number, number, number, "measured", string, object] {
  return [seq, SERVER_AT, SERVER_AT, quality as "measured", "test", body];
}

export function snapshot(to: number, more: Partial<Frame> = {}): Frame {
  return { from: 0, to, epoch: "e", at: SERVER_AT, put: { totals: { city: row(1, { received: 64 }) } }, gone: {}, lines: [], fresh: {}, ...more };
}

export function change(from: number, to: number, more: Partial<Frame> = {}): Frame {
  return { from, to, epoch: "e", at: SERVER_AT + 1000, put: {}, gone: {}, ...more };
}
