/** The map itself: one still view of the city, and what is laid on it batch by batch. */
import { Map as GlMap } from "maplibre-gl";
import { grown, type Box, type Point } from "./boxes";
import { isPinned } from "./clusters";
import { Chrome } from "./chrome";
import { CityShape } from "./city";
import type { Config, HazardRow, Kind, ReportRow } from "./contract";
import { byId, svg } from "./dom";
import { Hazards, type Area } from "./hazards";
import { Incidents } from "./incidents";
import { Labels } from "./labels";
import { Marks } from "./marks";
import type { Records } from "./records";
import { Arrangement } from "./room";
import { distance } from "./spread";
import { buildStyle, weightsOf, type Layers } from "./style";

/** Half of what a finger needs (CSS pixels). */
const FINGER = 22;
/** Where a report's row names its incident. */
const INCIDENT = 5;
const OPEN = new Set(["new", "forwarded", "working", "reopened"]);

export class Stage {
  map!: GlMap;
  private readonly chrome: Chrome;
  private readonly shape: CityShape;
  private readonly room: Arrangement;
  private readonly marks: Marks;
  private readonly incidents: Incidents;
  private readonly labels: Labels;
  private readonly hazards: Hazards;
  private shows: ReadonlySet<string>;
  /** That of the style: it goes with the first view. */
  private zoom = 0;
  /** What officers give way to. */
  private taken: Box[] = [];
  private areas = 0;
  private readonly drawn = new Map<string, string>();
  private readonly lit = new Map<string, string>();

  constructor(
    private readonly config: Config,
    private readonly layers: Layers,
    records: Records,
  ) {
    this.shape = new CityShape(config, layers);
    this.chrome = new Chrome(config);
    this.room = new Arrangement(config, this.chrome, this.shape);
    this.marks = new Marks(config);
    this.incidents = new Incidents(config);
    this.labels = new Labels(config, this.shape.homes);
    this.hazards = new Hazards(config);
    this.shows = new Set(config.options.show);
    this.arrange(records);
    this.sketch();
  }

  /** Resolves when style and workers are there; rejects when they fail. */
  async load(): Promise<void> {
    this.zoom = this.room.view.zoom;
    this.map = new GlMap({
      container: "map",
      style: buildStyle(this.config, this.layers, this.zoom),
      center: this.room.centre(),
      zoom: this.room.view.zoom,
      interactive: false,
      attributionControl: false,
      fadeDuration: 0,
      renderWorldCopies: false,
      maxPitch: 0,
      trackResize: false,
    });
    this.map.on("error", ({ error }) => console.warn(`map: ${error.message}`));
    await new Promise<void>((done) => void this.map.once("style.load", () => done()));
  }

  /** What stands for the selected reports: states, `cluster`, `incident`. */
  get ringed(): string[] {
    return this.marks.ringed;
  }

  /** What stands within a finger's reach of a point: an incident, else the reports of the nearest mark; null where nothing does. */
  at(point: Point): { reports: string[]; incident: string | null } | null {
    const hexagon = this.incidents.hexagons.find(({ at, radius }) => distance(at, point) <= Math.max(radius, FINGER));
    const reports = this.marks.nearest(point, Math.max(FINGER, 30 * this.config.unit));
    if (hexagon !== undefined && (reports.length === 0 || distance(hexagon.at, point) <= hexagon.radius)) return { reports: [], incident: hexagon.id };
    return reports.length === 0 ? null : { reports, incident: null };
  }

  /** What is on the map, by name. */
  counts(): Record<string, number> {
    const { hexagons, within } = this.incidents;
    return { ...this.marks.counts(), hazards: this.areas, incidents: hexagons.length, in_incidents: within };
  }

  /** The panel has another size: finds everything's place in it, and draws all of it anew. */
  resize(records: Records): void {
    this.room.forget();
    this.map.resize();
    this.layout(records);
  }

  /** Takes over where the panel stands and its options; true when one of them is another than before. */
  private adopt(records: Records): boolean {
    const { seams, options } = this.config;
    const now = { seams: records.seams ?? seams, options: records.options ?? options };
    if (JSON.stringify(now) === JSON.stringify({ seams, options })) return false;
    Object.assign(this.config, now);
    this.shows = new Set(now.options.show);
    // MapLibre touches only what differs, so that nothing blinks.
    if (JSON.stringify(now.options) !== JSON.stringify(options)) this.map.setStyle(buildStyle(this.config, this.layers, this.zoom));
    this.lit.clear();
    this.room.forget();
    return true;
  }

  private layout(records: Records): void {
    this.arrange(records);
    const { lng, lat } = this.map.getCenter();
    const [lon, at] = this.room.centre();
    // Words that grew seldom move the city; when they do not, the map has nothing to draw.
    const isMoved = Math.abs(lng - lon) + Math.abs(lat - at) > 1e-6 || Math.abs(this.map.getZoom() - this.room.view.zoom) > 1e-6;
    if (isMoved) this.map.jumpTo({ center: this.room.centre(), zoom: this.room.view.zoom });
    this.drawn.clear();
    this.draw(records, null);
  }

  private arrange(records: Records): void {
    this.room.arrange(records);
    this.marks.resize(this.room.ground);
    if (this.config.options.labels) this.labels.build(this.room.view);
    else this.labels.clear();
  }

  /** The city's land as a drawing of its own, until the map has drawn it. */
  private sketch(): void {
    const { colours, unit: u, words } = this.config;
    const { view } = this.room;
    const shown = this.shape.drawing.map((ring) => `M${ring.map(([lon, lat]) => view.project(lon, lat).map((n) => n.toFixed(1)).join(" ")).join("L")}Z`);
    byId("sketch").replaceChildren(svg("path", { d: shown.join(""), fill: colours["land"]!, stroke: colours["land_line"]!, "stroke-width": 3 * u }));
    this.chrome.loading = words["loading"] ?? "";
  }

  /** Takes the drawing and its words away. */
  endSketch(): void {
    if (this.chrome.loading === "") return;
    byId("sketch").replaceChildren();
    this.chrome.loading = "";
  }

  /** Where the map itself has its first and its last pixel, in degrees. */
  corners(): [lon: number, lat: number][] {
    const { width, height } = this.room.ground;
    return [[0, 0], [width, height]].map((at) => this.map.unproject(at as [number, number]).toArray());
  }

  /** Takes over what changed in `kinds` (null: everything). */
  draw(records: Records, kinds: ReadonlySet<Kind> | null): void {
    if (this.adopt(records)) return this.layout(records);
    const has = (...some: Kind[]): boolean => kinds === null || some.some((kind) => kinds.has(kind));
    if (records.frame !== null) this.chrome.showFrame(records.frame);
    this.chrome.showLegend(records.legend);
    if (this.room.isOutgrown()) return this.layout(records);
    const isGround = has("report", "incident", "camera", "hazard");
    if (isGround) this.drawGround(records, has);
    if (isGround || has("officer")) {
      this.marks.placeAside("officers", this.shows.has("officers") ? records.rows("officer") : [], this.taken, this.room.view, this.room.ground);
    }
    this.ring(records);
  }

  /** Rings what stands for each selected report. */
  private ring(records: Records): void {
    const selected = new Set(records.selected);
    const { hexagons } = this.incidents;
    const incidents = new Set(hexagons.map(({ id }) => id));
    const within = [...selected].flatMap((id) => {
      const row = records.tables.report.get(id);
      return row === undefined || isPinned(row, incidents) ? [] : [row[INCIDENT]];
    });
    this.marks.draw(selected, hexagons.filter(({ id }) => within.includes(id)));
  }

  /** Everything but officers, in the order in which things give way to each other. */
  private drawGround(records: Records, has: (...some: Kind[]) => boolean): void {
    const { view, ground, fixed, aside } = this.room;
    const u = this.config.unit;
    const reports = records.rows("report");
    const incidents = this.shows.has("incidents") ? records.rows("incident") : [];
    const hazards = this.shows.has("hazards") ? records.rows("hazard") : [];
    if (has("incident")) this.incidents.stand(incidents, view, ground, aside);
    if (has("report", "incident")) this.marks.placeReports(this.shows.has("reports") ? reports : [], this.incidents.hexagons, aside, view, ground);
    const marks = this.marks.boxes;
    if (this.changes("incidents", [incidents, hazards]) || this.incidents.isUnder(marks)) this.incidents.show(hazards, ground, fixed, marks);
    if (has("report", "incident")) this.lightDistricts(reports, incidents.flatMap((row) => row.districts));
    if (this.config.options.labels) this.labels.settle([...fixed, ...this.incidents.taken].map((box) => grown(box, 12 * u)), marks, ground, view);
    this.drawHazards(hazards.filter((row) => this.incidents.named.has(row.id)));
    const taken = [...marks, ...this.incidents.taken, ...this.labels.shown.map((box) => grown(box, 8 * u))];
    const cameras = this.marks.placeAside("cameras", this.shows.has("cameras") ? records.rows("camera") : [], taken, view, ground);
    this.taken = [...taken, ...cameras];
  }

  private drawHazards(rows: readonly HazardRow[]): void {
    const { homes } = this.shape;
    const areas = rows.flatMap((row): Area[] => {
      const rings = row.polygons.length > 0 ? row.polygons : row.districts.flatMap((code) => (homes.has(code) ? [homes.get(code)!] : []));
      return rings.map((ring) => ({ ring, colour: row.colour }));
    });
    this.areas = areas.length;
    const words = areas.length === 0 ? [] : this.labels.shown.map((box) => grown(box, 6 * this.config.unit));
    if (this.changes("hazards", [areas, words])) this.hazards.show(areas, this.room.view, this.room.ground, words);
  }

  /** Marks kecamatan with an incident, or shades all by their open reports; touches only those that changed. */
  private lightDistricts(reports: readonly ReportRow[], withIncident: readonly string[]): void {
    const open = new Map<string, number>();
    if (this.config.options.choropleth) {
      for (const [, state, , , district] of reports) {
        if (district !== null && OPEN.has(state)) open.set(district, (open.get(district) ?? 0) + 1);
      }
    }
    const weights = weightsOf(open);
    const lit = new Set(withIncident);
    for (const { code } of this.config.city.districts) {
      const state = { has_incident: lit.has(code), weight: weights.get(code) ?? 0 };
      const now = JSON.stringify(state);
      if (this.lit.get(code) === now || this.map.getSource("districts") === undefined) continue;
      this.lit.set(code, now);
      this.map.setFeatureState({ source: "districts", id: code }, state);
    }
    this.labels.light(this.config.options.choropleth ? new Set() : lit);
  }

  private changes(what: string, value: unknown): boolean {
    const now = JSON.stringify(value);
    if (this.drawn.get(what) === now) return false;
    this.drawn.set(what, now);
    return true;
  }
}
