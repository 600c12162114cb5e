/** The marks of reports, cameras and officers: where each stands, and the one canvas they are drawn on. */
import { around, seamShift, type Box, type Point } from "./boxes";
import { isPinned, marksOf, partOf, type Mark } from "./clusters";
import type { Config, ReportRow } from "./contract";
import { byId } from "./dom";
import type { View } from "./fit";
import { Images } from "./images";
import { Overlay, type Sprite } from "./overlay";
import { aside, type Ground } from "./placing";
import { CLUSTER_R, extent } from "./shapes";

/** Layers of marks, lowest first: who only helps lies beneath what somebody should act on. */
const LAYERS = ["officers", "cameras", "reports", "focus"] as const;
type Layer = (typeof LAYERS)[number];
/** How far cameras and officers give way (wall units). */
const REACH = 96;

type Clear = (at: Point, radius: number) => Point;

export class Marks {
  /** Where lone reports and clusters stand, first drawn first. */
  boxes: Box[] = [];
  private marks: Mark[] = [];
  private readonly images: Images;
  private readonly overlay = new Overlay(byId("marks") as HTMLCanvasElement);
  private readonly layers: Record<Layer, Sprite[]> = { officers: [], cameras: [], reports: [], focus: [] };

  constructor(private readonly config: Config) {
    this.images = new Images(config.colours, config.unit, `"${config.figure_family}", "${config.text_family}"`);
  }

  /** What stands on the map by name; reports by state, those inside clusters included. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = { marks: this.marks.length, clusters: 0, new: 0, forwarded: 0, working: 0, done: 0, declined: 0 };
    for (const mark of this.marks) {
      if (mark.state === "cluster") counts["clusters"]!++;
      for (const [part, n] of Object.entries(mark.split)) counts[part]! += n;
      if (mark.state !== "cluster" && partOf(mark.state) === null) throw new Error(`a report in state ${mark.state} has a pin`);
    }
    return { ...counts, cameras: this.layers.cameras.length, officers: this.layers.officers.length };
  }

  resize(ground: Ground): void {
    this.overlay.resize(ground.width, ground.height);
  }

  /** Finds the places of lone reports and clusters; `clear` moves a cluster off what may not be covered. */
  placeReports(rows: readonly ReportRow[], incidents: ReadonlySet<string>, view: View, ground: Ground, clear: Clear): void {
    const { unit: u } = this.config;
    const pinned = rows.filter((row) => isPinned(row, incidents));
    this.marks = marksOf(pinned, view, u).map((mark) => {
      // A cluster stands for many places: it gives way to a hexagon. A lone report does not.
      const at = mark.state === "cluster" ? clear(mark.at, CLUSTER_R * u) : mark.at;
      const side = extent(mark.state) * u;
      const [dx, dy] = seamShift(around(at, side, side), ground.seams);
      return { ...mark, at: [at[0] + dx, at[1] + dy] };
    });
    this.boxes = this.marks.map(({ at, state }) => around(at, 0.9 * extent(state) * u, 0.9 * extent(state) * u));
    this.layers.reports = this.marks.map((mark) => ({ picture: this.images.of(mark), at: mark.at }));
  }

  /** Places marks that give way to `taken` and to each other; returns where they stand. */
  placeAside(layer: "cameras" | "officers", rows: readonly { lon: number; lat: number; is_stale?: boolean }[], taken: readonly Box[], view: View, ground: Ground): Box[] {
    const name = layer === "cameras" ? "camera" : "officer";
    const side = extent(name) * this.config.unit;
    const stand: Box[] = [];
    this.layers[layer] = rows.map((row) => {
      const at = aside(view.project(row.lon, row.lat), side, 0.82 * side, [...taken, ...stand], REACH * this.config.unit, ground);
      stand.push(around(at, side, side));
      return { picture: this.images.plain(row.is_stale === true ? `${name}-stale` : name), at };
    });
    return stand;
  }

  /** Draws what is placed, with a ring round the selected report when it stands alone. */
  draw(selected: string | null): void {
    const alone = this.marks.find((mark) => mark.id === selected);
    this.layers.focus = alone === undefined ? [] : [{ picture: this.images.plain("focus"), at: alone.at }];
    this.overlay.show(LAYERS.flatMap((layer) => this.layers[layer]));
  }
}
