/** What the room says now, by topic and key: takes frames in order and tells who shows what has changed. Knows no page and no socket. */
import type { Bodies, Entry, Frame, Freshness, Line, Quality, Subject, Topic, Wall } from "./contract";

export const MOST_LINES = 60;

export interface TopicFreshness {
  state: Freshness;
  /** Age when it was said, and the page's monotonic milliseconds then. */
  age_s: number | null;
  saidAt: number;
}

/** All that is needed to show the last picture again: kept on the device. */
export interface Kept {
  epoch: string;
  at: number;
  entries: [topic: string, entries: Entry<unknown>[]][];
  lines: Line[];
  fresh: [topic: string, state: Freshness, age_s: number | null][];
  simulated: string[];
  wall: Wall | null;
}

type Told = (changed: ReadonlySet<Subject>) => void;

export class Store {
  epoch = "";
  /** The revision that stands whole; 0 before the first snapshot has come. */
  rev = 0;
  lines: readonly Line[] = [];
  simulated: ReadonlySet<string> = new Set();
  wall: Wall | null = null;
  bus: Record<string, unknown> | null = null;
  /** Counts what is told, so that a view can see whether it is up to date. */
  private readonly versions = new Map<string, number>();
  private readonly topics = new Map<string, Map<string, Entry<unknown>>>();
  private readonly freshness = new Map<string, TopicFreshness>();
  private readonly told = new Map<string, Set<Told>>();
  /** Of a snapshot that is still coming: its revision, the part that comes next, and what it has held so far. */
  private coming: { to: number; epoch: string; next: number; seen: Set<string> } | null = null;

  constructor(private readonly monotonic: () => number) {}

  /** Takes a frame; false: it does not follow what is here, and nothing has changed. */
  take(frame: Frame): boolean {
    const changed = new Set<string>();
    if (frame.from === 0) {
      if (!this.takeSnapshot(frame, changed)) return false;
    } else {
      if (this.coming !== null || frame.from !== this.rev || frame.epoch !== this.epoch) return false;
      this.takeChanges(frame, changed);
      this.rev = frame.to;
    }
    this.tell(changed);
    return true;
  }

  /** Values of a topic by key, oldest first seen first. */
  all<T extends Topic>(topic: T): ReadonlyMap<string, Entry<Bodies[T]>> {
    return (this.topics.get(topic) ?? new Map()) as ReadonlyMap<string, Entry<Bodies[T]>>;
  }

  bodies<T extends Topic>(topic: T): Bodies[T][] {
    return [...this.all(topic).values()].map(({ body }) => body);
  }

  /** The one value of a topic that has one; the newest when there are more. */
  one<T extends Topic>(topic: T): Entry<Bodies[T]> | null {
    let newest: Entry<Bodies[T]> | null = null;
    for (const entry of this.all(topic).values()) if (newest === null || entry.published >= newest.published) newest = entry;
    return newest;
  }

  /** How fresh the room says a topic is, aged by the page's own clock. */
  fresh(topic: string): { state: Freshness; age_s: number | null } {
    const said = this.freshness.get(topic);
    if (said === undefined) return { state: "waiting", age_s: null };
    const age_s = said.age_s === null ? null : said.age_s + (this.monotonic() - said.saidAt) / 1000;
    return { state: said.state, age_s };
  }

  isSimulated(topic: string): boolean {
    if (this.simulated.has(topic)) return true;
    for (const entry of this.topics.get(topic)?.values() ?? []) if (entry.quality === "simulated") return true;
    return false;
  }

  version(subject: Subject): number {
    return this.versions.get(subject) ?? 0;
  }

  /** Calls `told` after a frame that changed one of `subjects`, once; returns how to stop it. */
  subscribe(subjects: readonly Subject[], told: Told): () => void {
    for (const subject of subjects) {
      const known = this.told.get(subject) ?? new Set();
      this.told.set(subject, known.add(told));
    }
    return () => subjects.forEach((subject) => this.told.get(subject)?.delete(told));
  }

  /** Says that something beside the frames has changed (the city's description). */
  touch(subject: Subject): void {
    this.tell(new Set([subject]));
  }

  keep(at: number): Kept {
    const entries = [...this.topics].map(([topic, known]): [string, Entry<unknown>[]] => [topic, [...known.values()]]);
    const fresh = [...this.freshness.keys()].map((topic): [string, Freshness, number | null] => {
      const { state, age_s } = this.fresh(topic);
      return [topic, state, age_s];
    });
    return { epoch: this.epoch, at, entries, lines: [...this.lines], fresh, simulated: [...this.simulated], wall: this.wall };
  }

  /** Shows what was kept; the next frame must be a snapshot. */
  restore(kept: Kept): void {
    this.forget();
    for (const [topic, entries] of kept.entries) this.topics.set(topic, new Map(entries.map((entry) => [entry.key, entry])));
    for (const [topic, state, age_s] of kept.fresh) this.freshness.set(topic, { state, age_s, saidAt: this.monotonic() });
    this.lines = kept.lines;
    this.simulated = new Set(kept.simulated);
    this.wall = kept.wall;
    this.tell(new Set(this.everything()));
  }

  /** Forgets all: whoever looked may no longer. */
  clear(): void {
    const all = this.everything();
    this.forget();
    this.tell(new Set(all));
  }

  private forget(): void {
    this.topics.clear();
    this.freshness.clear();
    this.lines = [];
    this.simulated = new Set();
    this.wall = this.bus = null;
    this.epoch = "";
    this.rev = 0;
    this.coming = null;
  }

  private everything(): string[] {
    return [...this.topics.keys(), ...this.freshness.keys(), "ticker", "wall", "bus"];
  }

  /** A part of a snapshot. What stands stays until its own part comes; what the whole does not name is gone with the last. */
  private takeSnapshot(frame: Frame, changed: Set<string>): boolean {
    const part = frame.part ?? 1;
    const parts = frame.of ?? 1;
    if (part === 1) this.coming = { to: frame.to, epoch: frame.epoch, next: 1, seen: new Set() };
    const coming = this.coming;
    if (coming === null || coming.next !== part || coming.to !== frame.to || coming.epoch !== frame.epoch) {
      this.coming = null;
      // What half came belongs to no revision.
      this.rev = 0;
      return false;
    }
    coming.next++;
    if (part === 1) {
      this.rev = 0;
      this.bus = frame.bus ?? null;
      this.wall = frame.wall ?? null;
      this.simulated = new Set(frame.simulated ?? []);
      for (const topic of this.freshness.keys()) changed.add(topic);
      this.freshness.clear();
      changed.add("wall").add("bus");
    }
    for (const topic of Object.keys(frame.put ?? {})) {
      if (coming.seen.has(topic)) continue;
      coming.seen.add(topic);
      this.topics.delete(topic);
    }
    if (frame.lines !== undefined && !coming.seen.has("ticker")) {
      coming.seen.add("ticker");
      this.lines = [];
    }
    this.takeChanges(frame, changed);
    if (part < parts) return true;
    this.endSnapshot(coming.seen, changed);
    this.epoch = frame.epoch;
    this.rev = frame.to;
    this.coming = null;
    return true;
  }

  private endSnapshot(seen: ReadonlySet<string>, changed: Set<string>): void {
    for (const topic of [...this.topics.keys()]) {
      if (seen.has(topic)) continue;
      this.topics.delete(topic);
      changed.add(topic);
    }
    if (!seen.has("ticker") && this.lines.length > 0) {
      this.lines = [];
      changed.add("ticker");
    }
  }

  private takeChanges(frame: Frame, changed: Set<string>): void {
    for (const [topic, rows] of Object.entries(frame.put ?? {})) {
      const known = new Map(this.topics.get(topic));
      for (const [key, [seq, observed, published, quality, source, body]] of Object.entries(rows)) {
        known.set(key, { key, seq, observed, published, quality: quality as Quality, source, body });
      }
      this.topics.set(topic, known);
      changed.add(topic);
    }
    for (const [topic, keys] of Object.entries(frame.gone ?? {})) {
      const known = new Map(this.topics.get(topic));
      for (const key of keys) known.delete(key);
      this.topics.set(topic, known);
      changed.add(topic);
    }
    if (frame.lines !== undefined && frame.lines.length > 0) {
      const added = frame.lines.map(([seq, published, body]): Line => ({ seq, published, body }));
      this.lines = [...this.lines, ...added].slice(-MOST_LINES);
      changed.add("ticker");
    }
    for (const [topic, [state, age_s]] of Object.entries(frame.fresh ?? {})) {
      this.freshness.set(topic, { state, age_s, saidAt: this.monotonic() });
      changed.add(topic);
    }
    if (frame.simulated !== undefined) {
      const now = new Set(frame.simulated);
      for (const topic of [...now, ...this.simulated]) if (now.has(topic) !== this.simulated.has(topic)) changed.add(topic);
      this.simulated = now;
    }
    if (frame.wall !== undefined) {
      this.wall = frame.wall;
      changed.add("wall");
    }
    if (frame.bus !== undefined) {
      this.bus = frame.bus;
      changed.add("bus");
    }
  }

  private tell(changed: ReadonlySet<string>): void {
    const once = new Set<Told>();
    for (const subject of changed) {
      this.versions.set(subject, (this.versions.get(subject) ?? 0) + 1);
      this.told.get(subject)?.forEach((told) => once.add(told));
    }
    once.forEach((told) => told(changed as ReadonlySet<Subject>));
  }
}
