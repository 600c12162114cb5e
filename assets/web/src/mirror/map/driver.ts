/** Keeps what one map page must show and hands it over as the page can take it. Knows the page only by its frame's element. */
import type { Change, Config, Kind, Options, Snapshot } from "../../map/contract";
import type { Frame as FrameElement, Host, Said } from "../../map/link";
import type { Entry, Subject, Topic } from "../contract";
import { through } from "../freshness";
import type { Room } from "../room";
import { Patience } from "./patience";
import { cameraRow, countsFor, hazardRow, incidentRow, legendOf, officerRow, reportRow } from "./rows";
import { MapState } from "./state";
import { frameOf } from "./words";

/** At most one batch goes to the page in this time. */
const BATCH_MS = 250;
/** A page that has not said by then that it has painted the last batch gets the next one all the same. */
const ANSWER_MS = 2_000;
/** Why a page that paints no more is given up. */
export const STILL = "still";
const TOPICS = ["report", "totals", "incident", "officer", "camera", "hazard"] as const;
const ROWS = ["report", "incident", "officer", "camera", "hazard"] as const;
/** These change by the clock alone: officers fall silent, warnings end, an incident's day becomes yesterday. */
const TIMED = ["incident", "officer", "camera", "hazard"] as const;

export class MapDriver implements Host {
  private readonly state = new MapState();
  private readonly taken = new Map<Topic, ReadonlyMap<string, Entry<unknown>>>();
  private readonly stops: (() => void)[];
  private sentAt = -Infinity;
  private owed = false;
  private timer: number | null = null;
  private isReady = false;
  /** Changes were fetched that have not been painted. */
  private isHanded = false;
  private isInSight = false;
  private readonly patience = new Patience();
  private readonly watching = new IntersectionObserver(([entry]) => (this.isInSight = entry?.isIntersecting === true));

  constructor(
    private readonly room: Room,
    private readonly frame: FrameElement,
    private readonly made: Config,
    private readonly layers: (file: string) => Promise<GeoJSON.FeatureCollection>,
    private readonly heardOf: (what: Said) => void,
  ) {
    this.state.set("options", made.options);
    for (const topic of ROWS) this.take(topic);
    this.settle();
    const subjects: Subject[] = [...TOPICS, "system.source"];
    this.stops = [room.store.subscribe(subjects, (changed) => this.onChanged(changed)), room.onTick(() => this.onTick())];
    frame.liveRoomHost = this;
    this.watching.observe(frame);
  }

  stop(): void {
    for (const stop of this.stops) stop();
    if (this.timer !== null) clearTimeout(this.timer);
    this.watching.disconnect();
    delete this.frame.liveRoomHost;
  }

  /** Other reports are shown at full length beside the map. */
  select(ids: readonly string[]): void {
    this.state.set("selected", [...ids].sort());
    this.ask();
  }

  setOptions(options: Options): void {
    this.made.options = options;
    this.state.set("options", options);
    this.settle();
    this.ask();
  }

  config(): Config {
    return this.made;
  }

  layer(file: string): Promise<GeoJSON.FeatureCollection> {
    return this.layers(file);
  }

  snapshot(): Snapshot {
    return this.state.snapshot();
  }

  changes(): Change[] {
    if (!this.state.isChanged) return [];
    this.isHanded = true;
    return [this.state.change()];
  }

  heard(what: Said): void {
    if (what.kind === "ready") this.isReady = true;
    if (what.kind === "ready" || what.kind === "painted") {
      this.owed = this.isHanded = false;
      this.patience.settle();
      this.ask();
    }
    this.heardOf(what);
  }

  /** A page that has lost its card, or fell over a change, keeps its last picture: it is not shown as one of now. */
  private lookWhetherItPaints(): void {
    const now = performance.now();
    this.patience.see(this.isInSight && document.visibilityState === "visible", now);
    if (!this.isHanded && !this.state.isChanged) this.patience.settle();
    if (!this.isReady || !this.patience.isOver(now)) return;
    console.warn("the map paints no more: the drawing stands in its place");
    this.heardOf({ kind: "failed", reason: STILL });
  }

  private onChanged(changed: ReadonlySet<Subject>): void {
    for (const topic of ROWS) if (changed.has(topic)) this.take(topic);
    this.settle();
    this.ask();
  }

  private onTick(): void {
    this.lookWhetherItPaints();
    for (const topic of TIMED) this.take(topic, true);
    this.settle();
    this.ask();
  }

  /** Takes over a topic; an entry that is the one known is not looked at again, unless time alone may change its row. */
  private take(topic: (typeof ROWS)[number], isTimed = false): void {
    const now = this.room.store.all(topic) as ReadonlyMap<string, Entry<unknown>>;
    const before = this.taken.get(topic);
    for (const [key, entry] of now) if (isTimed || before?.get(key) !== entry) this.state.put(topic as Kind, key, this.row(topic, key));
    for (const key of this.state.keys(topic)) if (!now.has(key)) this.state.put(topic, key, null);
    this.taken.set(topic, now);
  }

  private row(topic: (typeof ROWS)[number], key: string): never {
    const { store, clock, text, tr } = this.room;
    const now = clock.now() ?? 0;
    const made = {
      report: () => reportRow(store.all("report").get(key)!.body),
      incident: () => incidentRow(store.all("incident").get(key)!.body, text, tr, now),
      officer: () => officerRow(store.all("officer").get(key)!.body, now, this.isOld("officer")),
      camera: () => cameraRow(store.all("camera").get(key)!.body, this.isOld("camera")),
      hazard: () => hazardRow(store.all("hazard").get(key)!.body, this.made.city.bbox, text, tr, now),
    }[topic];
    return made() as never;
  }

  private isOld(topic: Topic): boolean {
    const { state } = this.room.store.fresh(topic);
    return state !== "live" && state !== "waiting";
  }

  /** The legend and the frame, which hold for all rows together. */
  private settle(): void {
    const { store, text, tr, scope } = this.room;
    const totals = store.one("totals")?.body ?? null;
    this.state.set("legend", legendOf(countsFor(scope, store), this.state.count("camera"), this.state.count("officer"), text, tr));
    const { state: link, age_s: linkAge } = this.room.pulse();
    const own = store.fresh("report");
    const state = through(link, own.state);
    const age_s = state === "live" ? null : state === own.state ? own.age_s : linkAge;
    const isSimulated = TOPICS.some((topic) => store.isSimulated(topic));
    const sources = store.bodies("system.source").filter(({ topics }) => topics.includes("report") || topics.includes("officer"));
    const checked = sources.flatMap(({ topics, checked_at: at }) => (topics.includes("report") && at !== null ? [at] : [])).sort()[0] ?? totals?.at ?? null;
    const titles = [...new Set(sources.map(({ title }) => title))].sort().join(", ");
    const rounded = age_s === null ? null : age_s < 60 ? Math.floor(age_s) : Math.floor(age_s / 60) * 60;
    const fresh = (topic: Topic): ReturnType<typeof through> => through(link, store.fresh(topic).state);
    this.state.set("frame", frameOf({ state, age_s: rounded, isSimulated, checked, titles, fresh }, this.made.options, text, tr));
  }

  /** Tells the page that there is something to fetch, now or as soon as it can take it. */
  private ask(): void {
    if (!this.isReady || !this.state.isChanged || this.timer !== null) return;
    const due = Math.max(0, this.sentAt + (this.owed ? ANSWER_MS : BATCH_MS) - performance.now());
    this.timer = window.setTimeout(() => {
      this.timer = null;
      if (!this.state.isChanged) return;
      this.sentAt = performance.now();
      this.owed = true;
      this.patience.owe(this.sentAt);
      this.frame.contentWindow?.liveRoom?.pull();
    }, due);
  }
}
