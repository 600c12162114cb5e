/** The marks of reports, cameras and officers: where each stands, and the one canvas they are drawn on. */
import { around, type Box, type Point } from "./boxes";
import { isPinned, marksOf, partOf, type Mark } from "./clusters";
import type { Config, ReportRow } from "./contract";
import { byId, svg } from "./dom";
import type { View } from "./fit";
import { Images } from "./images";
import { Overlay, type Sprite } from "./overlay";
import { aside, type Ground } from "./placing";
import { extent } from "./shapes";
import { bodyOf, distance, spread, type Disc } from "./spread";

/** Layers of marks, lowest first: who only helps lies beneath what somebody should act on. */
const LAYERS = ["officers", "cameras", "reports", "focus"] as const;
type Layer = (typeof LAYERS)[number];
/** How far cameras and officers give way (wall units). */
const REACH = 96;

/** What a ring may be put round: an incident, and where its hexagon stands. */
export interface Hexagon extends Disc {
  id: string;
}

export class Marks {
  /** Where lone reports and clusters stand, first drawn first. */
  boxes: Box[] = [];
  /** What the rings stand round. */
  ringed: string[] = [];
  private marks: Mark[] = [];
  private ties = "";
  private readonly images: Images;
  private readonly overlay = new Overlay(byId("marks") as HTMLCanvasElement);
  private readonly layers: Record<Layer, Sprite[]> = { officers: [], cameras: [], reports: [], focus: [] };

  constructor(private readonly config: Config) {
    this.images = new Images(config.colours, config.unit, `"${config.figure_family}", "${config.text_family}"`, config.language);
  }

  /** What stands on the map by name; reports by state, those inside clusters included. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = { marks: this.marks.length, clusters: 0, new: 0, forwarded: 0, working: 0, done: 0, declined: 0 };
    for (const mark of this.marks) {
      if (mark.state === "cluster") counts["clusters"]!++;
      for (const [part, n] of Object.entries(mark.split)) counts[part]! += n;
      if (mark.state !== "cluster" && partOf(mark.state) === null) throw new Error(`a report in state ${mark.state} has a pin`);
    }
    const stale = LAYERS.flatMap((layer) => this.layers[layer]).filter(({ picture }) => picture.name.endsWith("-stale")).length;
    return { ...counts, stale, cameras: this.layers.cameras.length, officers: this.layers.officers.length };
  }

  resize(ground: Ground): void {
    this.overlay.resize(ground.width, ground.height);
  }

  /** Finds the places of lone reports and clusters beside the hexagons and each other. */
  placeReports(rows: readonly ReportRow[], hexagons: readonly Hexagon[], words: readonly Box[], view: View, ground: Ground): void {
    const { unit: u } = this.config;
    const incidents = new Set(hexagons.map(({ id }) => id));
    const pinned = rows.filter((row) => isPinned(row, incidents));
    this.marks = spread(marksOf(pinned, view, u), hexagons, words, u, ground);
    this.boxes = this.marks.map(({ at, state }) => around(at, 0.9 * extent(state) * u, 0.9 * extent(state) * u));
    this.layers.reports = this.marks.map((mark) => ({ picture: this.images.of(mark), at: mark.at }));
    this.tieMoved();
  }

  /** A short line from each lone report to its place, when it no longer stands on it; a cluster speaks of no one place. */
  private tieMoved(): void {
    const { unit: u, colours } = this.config;
    const moved = this.marks.filter((mark) => mark.state !== "cluster" && distance(mark.at, mark.home) > 0.8 * bodyOf(mark, u).radius);
    const word = ([x, y]: readonly [number, number]): string => `${x.toFixed(1)} ${y.toFixed(1)}`;
    // A line of no length with a round end is its place's dot.
    const lines = moved.map(({ at, home }) => `M${word(home)}L${word(at)}`).join("");
    const dots = moved.map(({ home }) => `M${word(home)}h0`).join("");
    if (lines === this.ties) return;
    this.ties = lines;
    const drawn = (d: string, stroke: string, width: number): SVGElement => svg("path", { d, fill: "none", stroke: colours[stroke]!, "stroke-width": width * u, "stroke-linecap": "round" });
    byId("ties").replaceChildren(drawn(lines, "bg", 8), drawn(dots, "bg", 16), drawn(lines, "ink2", 3), drawn(dots, "ink2", 10));
  }

  /** Places marks that give way to `taken` and to each other; returns where they stand. */
  placeAside(layer: "cameras" | "officers", rows: readonly { lon: number; lat: number; is_stale: boolean }[], taken: readonly Box[], view: View, ground: Ground): Box[] {
    const name = layer === "cameras" ? "camera" : "officer";
    const side = extent(name) * this.config.unit;
    const stand: Box[] = [];
    this.layers[layer] = rows.map((row) => {
      const at = aside(view.project(row.lon, row.lat), side, 0.82 * side, [...taken, ...stand], REACH * this.config.unit, ground);
      stand.push(around(at, side, side));
      return { picture: this.images.plain(row.is_stale ? `${name}-stale` : name), at };
    });
    return stand;
  }

  /** The reports of the mark nearest to a point within `reach` pixels of it; none where there is none. */
  nearest([x, y]: Point, reach: number): string[] {
    let best: { mark: Mark; away: number } | null = null;
    for (const mark of this.marks) {
      const away = distance(mark.at, [x, y]);
      if (away <= reach && (best === null || away < best.away)) best = { mark, away };
    }
    return best === null ? [] : [...best.mark.holds];
  }

  /** Draws what is placed, with a ring round what stands for each of these reports: its own mark, its cluster, or one of `hexagons`. */
  draw(selected: ReadonlySet<string>, hexagons: readonly Disc[]): void {
    const ringed = this.marks.filter(({ holds }) => selected.size > 0 && holds.some((id) => selected.has(id)));
    this.ringed = [...ringed.map(({ state }) => state), ...hexagons.map(() => "incident")];
    this.layers.focus = [
      ...ringed.map(({ at, state }) => ({ picture: this.images.plain(state === "cluster" ? "focus-cluster" : "focus"), at })),
      ...hexagons.map(({ at }) => ({ picture: this.images.plain("focus-incident"), at })),
    ];
    this.overlay.show(LAYERS.flatMap((layer) => this.layers[layer]));
  }
}
