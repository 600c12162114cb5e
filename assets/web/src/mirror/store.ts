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
  fresh: [topic: string, state: Freshness][];
  simulated: string[];
  wall: Wall | null;
}

/** A snapshot that is still coming: its revision, the part that comes next, the keys it has held so far by topic, and how fresh the topics
 * are that have not come whole. */
interface Coming {
  to: number;
  epoch: string;
  next: number;
  seen: Map<string, Set<string>>;
  fresh: Map<string, [state: Freshness, age_s: number | null]>;
  /** The page's monotonic milliseconds when that was said. */
  saidAt: number;
  hasLines: boolean;
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
  private readonly topics = new Map<string, Map<string, Entry<unknown>>>();
  private readonly freshness = new Map<string, TopicFreshness>();
  private readonly told = new Map<string, Set<Told>>();
  private coming: Coming | null = null;
  /** Parts of a change whose last has not come. */
  private waiting: Frame[] = [];

  constructor(private readonly monotonic: () => number) {}

  /** Takes a frame; false: it does not follow what is here, and nothing has changed. */
  take(frame: Frame): boolean {
    const changed = new Set<string>();
    if (frame.from === 0) {
      if (!this.takeSnapshot(frame, changed)) return false;
    } else {
      if (!this.takeChange(frame, changed)) return false;
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
    const fresh = [...this.freshness].map(([topic, { state }]): [string, Freshness] => [topic, state]);
    return { epoch: this.epoch, at, entries, lines: [...this.lines], fresh, simulated: [...this.simulated], wall: this.wall };
  }

  /** Shows what was kept, of unknown age; the next frame must be a snapshot. */
  restore(kept: Kept): void {
    this.forget();
    for (const [topic, entries] of kept.entries) this.topics.set(topic, new Map(entries.map((entry) => [entry.key, entry])));
    for (const [topic, state] of kept.fresh) this.freshness.set(topic, { state, age_s: null, saidAt: 0 });
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
    this.waiting = [];
  }

  private everything(): string[] {
    return [...this.topics.keys(), ...this.freshness.keys(), "ticker", "wall", "bus"];
  }

  /** A change, or a part of one: the parts wait until the last is here, so that a revision is never half told. */
  private takeChange(frame: Frame, changed: Set<string>): boolean {
    const part = frame.part ?? 1;
    if (part === 1) this.waiting = [];
    const isNext = part === this.waiting.length + 1 && (this.waiting[0]?.to ?? frame.to) === frame.to;
    if (this.coming !== null || frame.from !== this.rev || frame.epoch !== this.epoch || !isNext) {
      this.waiting = [];
      return false;
    }
    this.waiting.push(frame);
    if (part < (frame.of ?? 1)) return true;
    for (const one of this.waiting) this.takeChanges(one, changed);
    this.waiting = [];
    this.rev = frame.to;
    return true;
  }

  /** A part of a snapshot. What stands stays until all has come: what the whole does not name is gone with the last. */
  private takeSnapshot(frame: Frame, changed: Set<string>): boolean {
    const part = frame.part ?? 1;
    const parts = frame.of ?? 1;
    if (part === 1) this.begin(frame, changed);
    const { coming } = this;
    if (coming === null || coming.next !== part || coming.to !== frame.to || coming.epoch !== frame.epoch) {
      this.coming = null;
      // What half came belongs to no revision.
      this.rev = 0;
      return false;
    }
    coming.next++;
    for (const [topic, rows] of Object.entries(frame.put ?? {})) {
      const keys = coming.seen.get(topic) ?? new Set();
      for (const key of Object.keys(rows)) keys.add(key);
      coming.seen.set(topic, keys);
    }
    if (frame.lines !== undefined && !coming.hasLines) {
      coming.hasLines = true;
      this.lines = [];
    }
    const { fresh: _, ...rest } = frame;
    this.takeChanges(rest, changed);
    // A topic has come whole when another one follows it.
    this.tellFresh(coming, [...coming.seen.keys()].slice(0, -1), changed);
    if (part < parts) return true;
    this.end(coming, changed);
    this.epoch = frame.epoch;
    this.rev = frame.to;
    this.coming = null;
    return true;
  }

  private begin(frame: Frame, changed: Set<string>): void {
    this.coming = { to: frame.to, epoch: frame.epoch, next: 1, seen: new Map(), fresh: new Map(Object.entries(frame.fresh ?? {})), saidAt: this.monotonic(), hasLines: false };
    this.rev = 0;
    this.bus = frame.bus ?? null;
    this.wall = frame.wall ?? null;
    this.simulated = new Set(frame.simulated ?? []);
    changed.add("wall").add("bus");
  }

  private end(coming: Coming, changed: Set<string>): void {
    for (const topic of [...this.topics.keys()]) {
      const seen = coming.seen.get(topic);
      const left = new Map([...this.topics.get(topic)!].filter(([key]) => seen?.has(key)));
      if (left.size === this.topics.get(topic)!.size) continue;
      this.topics.set(topic, left);
      changed.add(topic);
    }
    if (!coming.hasLines && this.lines.length > 0) {
      this.lines = [];
      changed.add("ticker");
    }
    for (const topic of this.freshness.keys()) changed.add(topic);
    this.freshness.clear();
    this.tellFresh(coming, [...coming.fresh.keys()], changed);
  }

  private tellFresh(coming: Coming, topics: readonly string[], changed: Set<string>): void {
    for (const topic of topics) {
      const said = coming.fresh.get(topic);
      if (said === undefined) continue;
      this.freshness.set(topic, { state: said[0], age_s: said[1], saidAt: coming.saidAt });
      changed.add(topic);
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
      this.told.get(subject)?.forEach((told) => once.add(told));
    }
    once.forEach((told) => told(changed as ReadonlySet<Subject>));
  }
}
