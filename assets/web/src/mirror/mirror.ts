/** The page behind the page: connects, lets in, keeps the last picture, follows a new build. Knows no words and draws nothing. */
import words from "../../../../controlroom/mirror/words.txt?raw";
import { Clock } from "./clock";
import type { CityConfig, Who } from "./contract";
import { forgetDevice, knownDevice } from "./device";
import { proofFor, takeInvitation } from "./identity";
import { Link, type SocketLike, type World } from "./link";
import { Pictures } from "./pictures";
import type { Pulse } from "./room";
import { openSocket, takeEarly } from "./socket";
import { discard, keep, kept } from "./storage";
import { Store, type Kept } from "./store";
import { View } from "./view";

/** `why`: what ended, for the words on the screen. */
export type Stage = { name: "starting" } | { name: "invited"; token: string } | { name: "live" } | { name: "out"; why: "new" | "signed_out" | "revoked" | "not_allowed" };

const PICTURE = "picture";
/** So long the last picture may be looked at without a connection, and no longer than the session lasts. */
const KEPT_FOR_MS = 3 * 86_400_000;

/** `good_until`: milliseconds since 1970; the device's own date is asked, there is no other. */
type KeptPicture = Kept & { good_until: number };

const CITY = "city";
const KEEP_EVERY_MS = 30_000;
/** The first picture is kept so soon: a page that is loaded again has no time to keep one. */
const KEEP_FIRST_MS = 2_000;
/** So long a page waits for the first word before it shows what it kept. */
const KEPT_AFTER_MS = 1_200;
const RELOAD_AT_MOST_EVERY_MS = 60_000;
const RELOADED = "live-room-reloaded";

const world: World = {
  connect: () => takeEarly() ?? (openSocket() as unknown as SocketLike),
  monotonic: () => performance.now(),
  date: () => Date.now(),
  random: () => Math.random(),
  later: (run, ms) => window.setTimeout(run, ms),
  cancel: (timer) => window.clearTimeout(timer),
  nextFrame: (run) => void requestAnimationFrame(run),
};

export class Mirror {
  readonly clock = new Clock(world.monotonic);
  readonly store = new Store(world.monotonic);
  readonly view = new View((path, init) => fetch(path, init));
  readonly pictures = new Pictures(this.view);
  stage: Stage = { name: "starting" };
  who: Who | null = null;
  scope = "city";
  city: CityConfig | null = null;
  /** What is shown was kept from an earlier time: nothing has come yet. */
  isKept = false;
  /** The server's build is another than this page's. */
  isOutdated = false;
  private readonly told = new Set<() => void>();
  private readonly ticked = new Set<() => void>();
  private readonly link: Link;
  /** Of the socket that stands, until the picture has come whole through it: on a slow network nothing is fetched beside that. */
  private word: string | null = null;
  private isComingBack = false;
  private isFirstKept = false;

  constructor(
    build: string,
    private readonly language: () => string,
  ) {
    this.link = new Link(world, this.store, this.clock, new TextEncoder().encode(words), proofFor, () => ({ build, language: this.language() }), {
      welcomed: ({ token, who, scope, build: served }) => {
        // Another viewer, or another role: nothing of what the one before saw stays, not for a moment.
        if (this.who !== null && (this.who.login !== who.login || this.scope !== scope)) void this.forget();
        this.word = token;
        [this.who, this.scope, this.stage] = [who, scope, { name: "live" }];
        this.isOutdated = build !== "" && served !== "" && served !== build;
        this.tell();
      },
      lost: () => {
        this.word = null;
        this.view.use(null);
        this.tell();
      },
      taken: () => {
        this.keepFirst();
        const isFirst = this.word !== null;
        if (this.word !== null) {
          this.view.use(this.word);
          this.word = null;
          void this.describeCity();
        }
        if (this.isKept || isFirst) {
          this.isKept = false;
          this.tell();
        } else {
          this.tick();
        }
      },
      ended: (why) => void this.ended(why === "not_allowed" || why === "revoked" ? why : "signed_out"),
    });
  }

  async start(): Promise<void> {
    this.listen();
    if (this.isInvited()) return;
    if ((await knownDevice()) === null) return this.turn({ name: "out", why: "new" });
    this.city = (await kept<CityConfig>(CITY)) ?? null;
    this.connect();
  }

  /** An invitation in the address goes before whatever stands. */
  private isInvited(): boolean {
    const token = takeInvitation(location, history);
    if (token === null) return false;
    this.link.stop();
    // Whoever is invited need not be who looked before.
    void this.forget();
    this.turn({ name: "invited", token });
    return true;
  }

  /** After signing in, or to try again. */
  connect(): void {
    this.turn({ name: "live" });
    this.link.start();
    window.setTimeout(() => void this.showKept(), navigator.onLine ? KEPT_AFTER_MS : 0);
  }

  pulse(): Pulse {
    const pulse = this.link.pulse();
    return pulse.state === "waiting" && this.isKept ? { state: "offline", age_s: null } : pulse;
  }

  /** Calls `told` when something changes that is not in the store; returns how to stop it. */
  subscribe(told: () => void): () => void {
    this.told.add(told);
    return () => this.told.delete(told);
  }

  onTick = (told: () => void): (() => void) => {
    this.ticked.add(told);
    return () => this.ticked.delete(told);
  };

  /** Leaves nothing of the room on this device. */
  async leave(): Promise<void> {
    this.link.stop();
    await this.forget();
    this.turn({ name: "out", why: "signed_out" });
  }

  /** Loads the new build, at most once a minute. */
  reload(): void {
    const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
    if (Math.abs(Date.now() - last) < RELOAD_AT_MOST_EVERY_MS) return;
    sessionStorage.setItem(RELOADED, String(Date.now()));
    location.reload();
  }

  private listen(): void {
    const wake = (): void => {
      if (document.visibilityState === "visible") this.link.wake();
      else void this.keepPicture();
    };
    document.addEventListener("visibilitychange", wake);
    for (const event of ["online", "pageshow", "focus"]) window.addEventListener(event, wake);
    // Opened in a tab where the page stands already.
    window.addEventListener("hashchange", () => void this.isInvited());
    window.addEventListener("pagehide", () => void this.keepPicture());
    window.setInterval(() => this.tick(), 1_000);
    window.setInterval(() => void this.keepPicture(), KEEP_EVERY_MS);
  }

  private async ended(why: "signed_out" | "revoked" | "not_allowed"): Promise<void> {
    // Shut at once; with its key the device may come back for what it may see now.
    await this.forget();
    if (why === "not_allowed" || this.isComingBack) return this.shutOut(why);
    this.isComingBack = true;
    try {
      const { comeBack } = await import("./entering");
      if (!(await comeBack())) return await this.shutOut(why);
      this.link.start();
    } catch (error) {
      // Nobody answers, or too often asked: later.
      console.warn(error instanceof Error ? error.message : "the doors cannot be asked");
      window.setTimeout(() => this.link.start(), 10_000);
    } finally {
      window.setTimeout(() => (this.isComingBack = false), 5_000);
    }
  }

  private async shutOut(why: "signed_out" | "revoked" | "not_allowed"): Promise<void> {
    await this.forget(why === "revoked");
    this.turn({ name: "out", why });
  }

  private async forget(withKey = false): Promise<void> {
    this.view.use(null);
    this.store.clear();
    this.pictures.clear();
    this.isKept = false;
    this.who = null;
    await discard(PICTURE);
    if (withKey) await forgetDevice();
  }

  private async describeCity(): Promise<void> {
    try {
      const city = await this.view.json<CityConfig>("config.json");
      if (JSON.stringify(city) === JSON.stringify(this.city)) return;
      this.city = city;
      this.store.touch("city");
      this.tell();
      await keep(CITY, city);
    } catch {
      // Asked again with the next welcome; codes stand where names would.
    }
  }

  private async keepPicture(): Promise<void> {
    if (this.stage.name !== "live" || this.isKept || this.store.rev === 0) return;
    const { at } = this.clock.last() ?? { at: 0 };
    const good_until = Math.min(Date.parse(this.who?.ends_at ?? ""), at + KEPT_FOR_MS);
    await keep(PICTURE, { ...this.store.keep(at), good_until } satisfies KeptPicture).catch(() => undefined);
  }

  private keepFirst(): void {
    if (this.isFirstKept || this.store.rev === 0) return;
    this.isFirstKept = true;
    window.setTimeout(() => void this.keepPicture(), KEEP_FIRST_MS);
  }

  private async showKept(): Promise<void> {
    if (this.stage.name !== "live" || this.store.rev > 0 || this.clock.last() !== null) return;
    const picture = await kept<KeptPicture>(PICTURE);
    if (picture === undefined || !(picture.good_until > Date.now())) return discard(PICTURE);
    if (this.store.rev > 0 || this.clock.last() !== null) return;
    this.isKept = true;
    this.store.restore(picture);
    this.keptAt = picture.at;
    this.clock.hold(picture.at);
    this.tell();
  }

  /** When what is kept was so, by the room's clock; null when nothing kept is shown. */
  keptAt: number | null = null;

  private turn(stage: Stage): void {
    this.stage = stage;
    this.tell();
  }

  private tell(): void {
    this.told.forEach((told) => told());
    this.tick();
  }

  private tick(): void {
    this.ticked.forEach((told) => told());
  }
}
