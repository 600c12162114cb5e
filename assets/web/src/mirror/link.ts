/** The live socket: proves the device, keeps the store in step, says what was drawn, and comes back by itself. Knows no page.
 *
 * How old the picture is comes from a clock that only grows. The device's date serves for one thing: a leap of it says that the device
 * slept (or that somebody set it), and what was heard before is then of unknown age until the server speaks again.
 */
import type { Clock } from "./clock";
import type { Bye, Frame, Welcome } from "./contract";
import { frameOf, saidIn } from "./frames";
import { ofLink } from "./freshness";
import type { Pulse } from "./room";
import type { Store } from "./store";

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8_000;
/** A socket that says nothing for so long is given up: a network that went away tells nobody. */
const SILENT_AFTER_MS = 9_000;
const OPENING_MS = 10_000;
/** So long a snapshot that was asked for is waited for. */
const ASKING_MS = 5_000;
/** Coming back to the page: a server that beats each second and was not heard for so long is asked anew. */
const DOUBTED_AFTER_MS = 1_500;
const LEAP_MS = 2_000;
/** A page nobody sees gets no animation frames. */
const DRAWN_AT_LATEST_MS = 300;

/** What the link needs of its surroundings, so that a test can stand in for them. */
export interface World {
  connect(): SocketLike;
  /** Milliseconds of a clock that only grows, and of the device's date. */
  monotonic(): number;
  date(): number;
  random(): number;
  later(run: () => void, ms: number): number;
  cancel(timer: number): void;
  nextFrame(run: () => void): void;
}

export interface SocketLike {
  binaryType: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface LinkEvents {
  welcomed(welcome: Welcome): void;
  /** The socket that stood is gone: nothing can be asked beside it. */
  lost(): void;
  /** Nobody may look with what this device has: 4401, 4403, or the server said why. */
  ended(why: Bye | "signed_out" | "not_allowed"): void;
  /** A frame was taken, all its parts. */
  taken(): void;
}

export class Link {
  private socket: SocketLike | null = null;
  private isWelcomed = false;
  /** All that is shown has come through the socket that stands, or was confirmed by it. */
  private isWhole = false;
  /** A socket that stood went before anything had come whole. */
  private wasCutOff = false;
  private isStopped = true;
  /** Since when a snapshot is being asked for. */
  private askingSince: number | null = null;
  private wait_ms = FIRST_WAIT_MS;
  private timers: { again: number | null; watch: number | null } = { again: null, watch: null };
  private heardAt: number | null = null;
  private spokeAt = 0;
  private isDoubtful = false;
  private hasLeapt = false;
  private gap: number;
  private why: Bye | null = null;

  constructor(
    private readonly world: World,
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly words: Uint8Array,
    private readonly prove: (nonce: string) => Promise<string | null>,
    private readonly hello: () => { build: string; language: string },
    private readonly events: LinkEvents,
  ) {
    this.gap = world.date() - world.monotonic();
  }

  start(): void {
    this.isStopped = false;
    this.wait_ms = FIRST_WAIT_MS;
    this.open();
    this.watch();
  }

  /** No more, until it is started again. */
  stop(): void {
    this.isStopped = true;
    this.drop();
    for (const timer of [this.timers.again, this.timers.watch]) if (timer !== null) this.world.cancel(timer);
    this.timers = { again: null, watch: null };
  }

  /** The page is looked at again, or there is a network again: what may be dead is asked anew at once. */
  wake(): void {
    if (this.isStopped) return;
    this.lookForLeap();
    this.hasLeapt = false;
    const isQuiet = this.world.monotonic() - this.spokeAt > DOUBTED_AFTER_MS;
    if (this.socket !== null && !isQuiet && !this.isDoubtful) return;
    this.wait_ms = FIRST_WAIT_MS;
    this.drop();
    this.open();
  }

  /** How old what is shown is: a socket that stands says nothing of it before all has come through it. */
  pulse(): Pulse {
    if (this.heardAt === null) return { state: this.wasCutOff ? "offline" : "waiting", age_s: null };
    this.lookForLeap();
    if (this.isDoubtful) return { state: "offline", age_s: null };
    const age_s = (this.world.monotonic() - this.heardAt) / 1000;
    return { state: ofLink(this.isWhole, age_s), age_s };
  }

  private open(): void {
    if (this.isStopped || this.socket !== null) return;
    if (this.timers.again !== null) this.world.cancel(this.timers.again);
    this.timers.again = null;
    const socket = this.world.connect();
    this.socket = socket;
    this.why = null;
    this.askingSince = null;
    this.spokeAt = this.world.monotonic();
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      if (this.socket === socket) this.hear(socket, data);
    };
    socket.onclose = ({ code }) => {
      if (this.socket === socket) this.closed(code);
    };
  }

  /** Looks each second whether the socket still speaks, and whether the device has slept. */
  private watch(): void {
    this.timers.watch = this.world.later(() => {
      this.watch();
      this.lookForLeap();
      const hasSlept = this.hasLeapt;
      this.hasLeapt = false;
      const now = this.world.monotonic();
      const isSilent = now - this.spokeAt >= (this.isWelcomed ? SILENT_AFTER_MS : OPENING_MS);
      const isAskedInVain = this.askingSince !== null && now - this.askingSince >= ASKING_MS;
      if (this.socket === null || !(hasSlept || isSilent || isAskedInVain)) return;
      this.drop();
      if (hasSlept) this.open();
      else this.comeBack();
    }, 1_000);
  }

  private lookForLeap(): void {
    const gap = this.world.date() - this.world.monotonic();
    if (Math.abs(gap - this.gap) > LEAP_MS) this.isDoubtful = this.hasLeapt = true;
    this.gap = gap;
  }

  private hear(socket: SocketLike, data: unknown): void {
    this.spokeAt = this.world.monotonic();
    if (typeof data === "string") {
      this.hearText(socket, data);
    } else if (data instanceof ArrayBuffer && this.isWelcomed) {
      this.hearFrame(socket, new Uint8Array(data));
    }
  }

  private hearText(socket: SocketLike, text: string): void {
    const said = saidIn(text);
    if (said?.kind === "challenge") {
      void this.answer(socket, said.nonce);
    } else if (said?.kind === "welcome") {
      this.isWelcomed = true;
      this.clock.hear(said.at);
      this.events.welcomed(said);
    } else if (said?.kind === "beat" && this.isWelcomed) {
      // It says what the page should have: a page that has something else shows what is not so, however alive the socket is.
      if (said.rev === this.store.rev && this.isWhole) this.heard(said.at);
      else this.askAgain(socket);
    } else if (said?.kind === "bye") {
      this.why = said.why;
    }
  }

  private async answer(socket: SocketLike, nonce: string): Promise<void> {
    const proof = await this.prove(nonce).catch(() => null);
    if (this.socket !== socket) return;
    const have = this.store.rev > 0 ? { epoch: this.store.epoch, rev: this.store.rev } : null;
    this.say(socket, { kind: "hello", proof, have, ...this.hello() });
  }

  private hearFrame(socket: SocketLike, bytes: Uint8Array): void {
    let frame: Frame;
    try {
      frame = frameOf(bytes, this.words);
    } catch (error) {
      console.warn(error instanceof Error ? error.message : "a frame cannot be read");
      return this.askAgain(socket);
    }
    if (!this.store.take(frame)) return this.askAgain(socket);
    this.askingSince = null;
    if ((frame.part ?? 1) < (frame.of ?? 1)) return;
    this.isWhole = true;
    this.wait_ms = FIRST_WAIT_MS;
    this.heard(frame.at);
    this.sayDrawn(socket, frame.to);
    this.events.taken();
  }

  /** Once for each break: what is on its way does not follow either. Where no snapshot comes, the socket is given up (`watch`). */
  private askAgain(socket: SocketLike): void {
    if (this.askingSince !== null) return;
    this.askingSince = this.world.monotonic();
    this.say(socket, { kind: "again" });
  }

  private sayDrawn(socket: SocketLike, rev: number): void {
    let isSaid = false;
    const say = (): void => {
      if (isSaid) return;
      isSaid = true;
      this.world.cancel(timer);
      if (this.socket === socket) this.say(socket, { kind: "drawn", rev });
    };
    const timer = this.world.later(say, DRAWN_AT_LATEST_MS);
    this.world.nextFrame(say);
  }

  private heard(at: number): void {
    this.heardAt = this.world.monotonic();
    this.isDoubtful = this.wasCutOff = false;
    this.clock.hear(at);
  }

  private say(socket: SocketLike, what: object): void {
    try {
      socket.send(JSON.stringify(what));
    } catch {
      // It is closing: its end is told by itself.
    }
  }

  private closed(code: number): void {
    const { why } = this;
    this.drop();
    if (code === 4403) return this.end("not_allowed");
    if (code === 4401) return this.end(why === "revoked" || why === "ended" ? why : "signed_out");
    if (why === "revoked" || why === "ended") return this.end(why);
    if (code === 4429 || why === "too_many") this.wait_ms = LONGEST_WAIT_MS;
    this.comeBack();
  }

  private end(why: Bye | "signed_out" | "not_allowed"): void {
    this.stop();
    this.events.ended(why);
  }

  private comeBack(): void {
    if (this.isStopped || this.timers.again !== null) return;
    const wait_ms = this.wait_ms * (0.5 + this.world.random());
    this.wait_ms = Math.min(LONGEST_WAIT_MS, 2 * this.wait_ms);
    this.timers.again = this.world.later(() => {
      this.timers.again = null;
      this.open();
    }, wait_ms);
  }

  private drop(): void {
    const { socket } = this;
    this.socket = null;
    if (socket === null) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
    this.isWhole = false;
    if (this.isWelcomed) {
      this.isWelcomed = false;
      this.wasCutOff = true;
      this.events.lost();
    }
  }
}
