/** The map itself: one still view of the city, and the marks laid on it batch by batch. */
import { Map as GlMap, type GeoJSONSource } from "maplibre-gl";
import { around, grown, type Box, type Point, seamShift } from "./boxes";
import { Chrome, LEGENDS, type LegendShape } from "./chrome";
import { isPinned, marksOf, partOf, type Mark } from "./clusters";
import type { Bbox, Config, HazardRow, Kind, ReportRow } from "./contract";
import { byId, svg } from "./dom";
import { fitCity, View, type Room } from "./fit";
import { Hazards, type Area } from "./hazards";
import { Images } from "./images";
import { Incidents } from "./incidents";
import { Labels } from "./labels";
import { aside, freeBox, scaleBar, type Ground } from "./placing";
import type { Records } from "./records";
import { CLUSTER_R, extent } from "./shapes";
import { buildStyle, EMPTY, weightOf, type Layers } from "./style";

/** What a legend that says less must win in the city's size. */
const LESS_SAID = 0.12;
/** How far cameras and officers give way (wall units). */
const REACH = 96;
const OPEN = new Set(["new", "forwarded", "working", "reopened"]);

export class Stage {
  map!: GlMap;
  marks: Mark[] = [];
  drawn: Record<string, number> = {};
  private readonly chrome: Chrome;
  private readonly incidents: Incidents;
  private readonly labels: Labels;
  private images!: Images;
  private readonly outline: Point[][];
  private view = new View(512, 0, 0);
  private ground: Ground = { width: 1, height: 1, seams: [], rings: [] };
  private fixed: Box[] = [];
  private pad = 0;
  private readonly homes = new Map<string, Point[]>();
  private readonly hazards: Hazards;
  private readonly bbox: Bbox;
  private readonly sent = new Map<string, string>();
  private readonly lit = new Map<string, string>();

  constructor(
    private readonly config: Config,
    layers: Layers,
    records: Records,
  ) {
    for (const feature of layers.get("districts")?.features ?? []) {
      const ring = ringsOf(feature.geometry)[0];
      if (ring !== undefined) this.homes.set(String(feature.properties?.["code"]), ring);
    }
    this.outline = (layers.get("outline") ?? layers.get("districts") ?? EMPTY).features.flatMap((f) => ringsOf(f.geometry));
    if (this.outline.length === 0) this.outline = [boxRing(config.city.bbox)];
    this.bbox = bboxOf(this.outline);
    this.chrome = new Chrome(config);
    this.incidents = new Incidents(config);
    this.labels = new Labels(config, this.homes);
    this.hazards = new Hazards(config);
    this.arrange(records);
    this.sketch(layers);
  }

  /** Resolves when style and workers are there; rejects when they fail. */
  async load(layers: Layers): Promise<void> {
    this.map = new GlMap({
      container: "map",
      style: buildStyle(this.config, layers, this.view.zoom),
      center: this.centre(),
      zoom: this.view.zoom,
      interactive: false,
      attributionControl: false,
      fadeDuration: 0,
      renderWorldCopies: false,
      maxPitch: 0,
      trackResize: false,
    });
    this.images = new Images(this.map, this.config.colours, this.config.unit, `"${this.config.figure_family}", "${this.config.text_family}"`);
    this.map.on("error", ({ error }) => console.warn(`map: ${error.message}`));
    await new Promise<void>((done) => void this.map.once("style.load", () => done()));
    for (const name of ["new", "reopened", "forwarded", "working", "done", "declined", "officer", "camera", "camera-stale", "focus"]) this.images.plain(name);
  }

  /** Finds everything's place for the panel's present size, and draws all of it anew. */
  layout(records: Records): void {
    this.arrange(records);
    this.map.resize();
    this.map.jumpTo({ center: this.centre(), zoom: this.view.zoom });
    this.sent.clear();
    this.draw(records, null);
  }

  private arrange(records: Records): void {
    const { unit: u, seams, city } = this.config;
    const [width, height] = [window.innerWidth, window.innerHeight];
    const pad = (width / u >= 1400 ? 40 : 28) * u;
    this.pad = pad;
    document.documentElement.style.setProperty("--pad", `${pad}px`);
    const boxes = seams.map(([x, y, w, h]): Box => ({ x: x * u, y: y * u, width: w * u, height: h * u }));
    if (records.frame !== null) this.chrome.showFrame(records.frame);
    const chips = byId("chips").getBoundingClientRect();
    byId("title").style.maxWidth = `${Math.max(0, width - 2 * pad - chips.width - 20 * u)}px`;
    byId("meta").style.maxWidth = `${Math.max(0, width - 2 * pad)}px`;
    const heading = ["title", "meta", "chips"].map((id): Box => byId(id).getBoundingClientRect());
    const room = { width, height, padding: { top: 122 * u, right: 66 * u, bottom: 26 * u, left: pad }, wishedLeft: 900 * u };
    const { view, legend } = this.chooseFit(room, heading, boxes, records);
    this.view = view;
    this.ground = { width, height, seams: boxes, rings: this.outline.map((ring) => ring.map(([lon, lat]) => view.project(lon, lat))) };
    const metres = (40_075_016.7 * Math.cos((this.centre()[1] * Math.PI) / 180)) / view.scale;
    const bar = scaleBar(metres, 190 * u);
    this.fixed = [...heading, this.chrome.showScale(bar.metres, bar.length), ...(legend === null ? [] : [legend])];
    this.placeAttribution(city.attribution);
    if (this.config.options.labels) this.labels.build(view);
  }

  /** The city's land as a drawing of its own, until the map has drawn it. */
  private sketch(layers: Layers): void {
    const { colours, unit: u, words } = this.config;
    const rings = (layers.get("districts") ?? EMPTY).features.flatMap((f) => ringsOf(f.geometry)).concat(this.outline);
    const shown = rings.map((ring) => `M${ring.map(([lon, lat]) => this.view.project(lon, lat).map((n) => n.toFixed(1)).join(" ")).join("L")}Z`);
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
    return [[0, 0], [this.ground.width, this.ground.height]].map((at) => this.map.unproject(at as [number, number]).toArray());
  }

  private centre(): [lon: number, lat: number] {
    return this.view.unproject([window.innerWidth / 2, window.innerHeight / 2]);
  }

  /** Takes over what changed in `kinds` (null: everything). */
  draw(records: Records, kinds: ReadonlySet<Kind> | null): void {
    const has = (...some: Kind[]): boolean => kinds === null || some.some((kind) => kinds.has(kind));
    const shows = new Set(this.config.options.show);
    if (records.frame !== null) this.chrome.showFrame(records.frame);
    this.chrome.showLegend(records.legend);
    if (!has("report", "incident", "officer", "camera", "hazard")) return this.drawFocus(records);
    const incidents = shows.has("incidents") ? records.rows("incident") : [];
    const hazards = shows.has("hazards") ? records.rows("hazard") : [];
    if (has("incident")) this.incidents.stand(incidents, this.view, this.ground);
    if (has("report", "incident")) this.drawReports(records, new Set(incidents.map((row) => row.id)), shows);
    this.drawFocus(records);
    const marks = this.marks.map((mark) => this.boxOf(mark.at, mark.state));
    if (this.changes("incidents", [incidents, hazards]) || this.incidents.isUnder(marks)) {
      this.incidents.show(hazards, this.ground, this.fixed, marks);
    }
    this.lightDistricts(records, incidents.flatMap((row) => row.districts));
    if (this.config.options.labels) this.labels.settle([...this.fixed, ...this.incidents.taken].map((box) => grown(box, 12 * this.config.unit)), marks, this.ground, this.view);
    this.drawHazards(hazards.filter((row) => this.incidents.named.has(row.id)));
    const taken = [...marks, ...this.incidents.taken, ...this.labels.shown.map((box) => grown(box, 8 * this.config.unit))];
    const cameras = this.drawAside("cameras", "camera", shows.has("cameras") ? records.rows("camera") : [], taken);
    this.drawAside("officers", "officer", shows.has("officers") ? records.rows("officer") : [], [...taken, ...cameras]);
    this.drawn["incidents"] = this.incidents.hexagons.length;
    this.drawn["in_incidents"] = this.incidents.hexagons.reduce((sum, { count }) => sum + count, 0);
  }

  /** The legend that says most without making the city much smaller, and the view beside it. */
  private chooseFit(room: Room, heading: Box[], seams: Box[], records: Records): { view: View; legend: Box | null } {
    let best: { shape: LegendShape; view: View; legend: Box | null; value: number } | null = null;
    for (const [rank, shape] of LEGENDS.entries()) {
      const legend = this.buildLegend(shape, room, seams, records);
      if (legend === null && shape !== "none") continue;
      const { view, size } = fitCity(this.bbox, this.outline, room, legend === null ? heading : [...heading, grown(legend, 26 * this.config.unit)]);
      const value = size - rank * LESS_SAID;
      if (best === null || value > best.value) best = { shape, view, legend, value };
      if (best.value >= 1 - (rank + 1) * LESS_SAID) break;
    }
    const chosen = best!;
    return { view: chosen.view, legend: this.buildLegend(chosen.shape, room, seams, records) };
  }

  /** The legend's box; null when this shape finds no room. */
  private buildLegend(shape: LegendShape, room: Room, seams: Box[], records: Records): Box | null {
    this.chrome.buildLegend(shape);
    this.chrome.showLegend(records.legend);
    const box = this.chrome.placeLegend(room.height, seams);
    return box === null || box.x + box.width > room.width || box.y < 140 * this.config.unit ? null : box;
  }

  /** One or two quiet lines where nothing else stands: under the scale, else in the left margin above the legend. */
  private placeAttribution(text: string): void {
    const { unit: u } = this.config;
    const node = byId("attribution");
    node.textContent = text;
    const { width, height } = this.ground;
    const corners: [Point, string][] = [[[width, 118 * u], "right"], [[width, height], "right"], [[0, height], "left"], [[0, 140 * u], "left"]];
    const taken = this.fixed.map((other) => grown(other, 12 * u));
    for (const columns of [1000, 620, 460, 360, 300]) {
      node.style.width = "max-content";
      node.style.maxWidth = `${columns * u}px`;
      const bounds = node.getBoundingClientRect();
      const size = { width: bounds.width, height: bounds.height };
      for (const [[x, y], side] of corners) {
        const near = (box: Box): number | null => {
          const away = side === "right" ? x - box.x - box.width : box.x;
          const off = Math.max(0, box.y - y, y - box.y - box.height);
          return away > 60 * u || off > 0.4 * height ? null : away + off;
        };
        const box = freeBox(size, taken, this.ground, this.pad, 12 * u, near);
        if (box === null) continue;
        Object.assign(node.style, { left: `${box.x}px`, top: `${box.y}px`, textAlign: side, visibility: "visible" });
        this.fixed.push(box);
        return;
      }
    }
    node.style.visibility = "hidden";
  }

  private drawReports(records: Records, incidents: ReadonlySet<string>, shows: ReadonlySet<string>): void {
    const rows = shows.has("reports") ? records.rows("report").filter((row) => isPinned(row, incidents)) : [];
    this.marks = marksOf(rows, this.view, this.config.unit).map((mark) => this.offSeam(this.beside(mark)));
    const used = new Set<string>();
    const features = this.marks.map((mark) => {
      const icon = this.images.of(mark);
      used.add(icon);
      return this.feature(mark.at, icon);
    });
    this.images.keep(used);
    this.send("reports", features);
    this.drawn = countDrawn(this.marks);
  }

  /** A ring round the selected report, when it stands alone. */
  private drawFocus(records: Records): void {
    const alone = this.marks.find((mark) => mark.id === records.selected);
    this.send("focus", alone === undefined ? [] : [this.feature(alone.at, "focus")]);
  }

  /** Draws marks that give way to `taken` and to each other; returns where they stand. */
  private drawAside(source: "cameras" | "officers", name: string, rows: readonly { lon: number; lat: number; is_stale?: boolean }[], taken: readonly Box[]): Box[] {
    const side = extent(name) * this.config.unit;
    const stand: Box[] = [];
    this.drawn[source] = rows.length;
    const features = rows.map((row) => {
      const wished = this.view.project(row.lon, row.lat);
      const at = aside(wished, side, 0.82 * side, [...taken, ...stand], REACH * this.config.unit, this.ground);
      stand.push(around(at, side, side));
      return this.feature(at, row.is_stale === true ? `${name}-stale` : name);
    });
    this.send(source, features);
    return stand;
  }

  private drawHazards(rows: readonly HazardRow[]): void {
    const areas = rows.flatMap((row): Area[] => {
      const rings = row.polygons.length > 0 ? row.polygons : row.districts.flatMap((code) => (this.homes.has(code) ? [this.homes.get(code)!] : []));
      return rings.map((ring) => ({ ring, is_severe: row.is_severe }));
    });
    this.drawn["hazards"] = areas.length;
    const words = areas.length === 0 ? [] : this.labels.shown.map((box) => grown(box, 6 * this.config.unit));
    if (this.changes("hazards", [areas, words])) this.hazards.show(this.map, areas, this.view, this.ground, words);
  }

  /** Marks kecamatan with an incident, or shades all by their open reports; touches only those that changed. */
  private lightDistricts(records: Records, withIncident: readonly string[]): void {
    const open = new Map<string, number>();
    if (this.config.options.choropleth) {
      for (const [, state, , , district] of records.rows("report") as ReportRow[]) {
        if (district !== null && OPEN.has(state)) open.set(district, (open.get(district) ?? 0) + 1);
      }
    }
    const lit = new Set(withIncident);
    for (const { code } of this.config.city.districts) {
      const state = { has_incident: lit.has(code), weight: weightOf(open.get(code) ?? 0) };
      const now = JSON.stringify(state);
      if (this.lit.get(code) === now || this.map.getSource("districts") === undefined) continue;
      this.lit.set(code, now);
      this.map.setFeatureState({ source: "districts", id: code }, state);
    }
    this.labels.light(this.config.options.choropleth ? new Set() : lit);
  }

  /** A cluster stands for many places: it gives way to a hexagon. A lone report does not. */
  private beside(mark: Mark): Mark {
    return mark.state === "cluster" ? { ...mark, at: this.incidents.clear(mark.at, CLUSTER_R * this.config.unit) } : mark;
  }

  private boxOf(at: Point, name: string): Box {
    const side = extent(name) * this.config.unit;
    return around(at, 0.9 * side, 0.9 * side);
  }

  private offSeam(mark: Mark): Mark {
    const side = extent(mark.state === "cluster" ? "cluster" : mark.state) * this.config.unit;
    const [dx, dy] = seamShift(around(mark.at, side, side), this.ground.seams);
    return dx === 0 && dy === 0 ? mark : { ...mark, at: [mark.at[0] + dx, mark.at[1] + dy] };
  }

  private feature(at: Point, icon: string): GeoJSON.Feature {
    return { type: "Feature", properties: { icon }, geometry: { type: "Point", coordinates: this.view.unproject(at) } };
  }

  /** Sends features to a source only when they differ from what it holds: a still city costs no frame. */
  private send(source: string, features: GeoJSON.Feature[]): void {
    if (!this.changes(source, features)) return;
    (this.map.getSource(source) as GeoJSONSource).setData({ type: "FeatureCollection", features });
  }

  private changes(what: string, value: unknown): boolean {
    const now = JSON.stringify(value);
    if (this.sent.get(what) === now) return false;
    this.sent.set(what, now);
    return true;
  }
}

/** Reports drawn by state, those inside clusters included. */
function countDrawn(marks: readonly Mark[]): Record<string, number> {
  const counts: Record<string, number> = { marks: marks.length, clusters: 0, new: 0, forwarded: 0, working: 0, done: 0, declined: 0 };
  for (const mark of marks) {
    if (mark.state === "cluster") counts["clusters"]!++;
    for (const [part, n] of Object.entries(mark.split)) counts[part]! += n;
    if (mark.state !== "cluster" && partOf(mark.state) === null) throw new Error(`a report in state ${mark.state} has a pin`);
  }
  return counts;
}

function ringsOf(geometry: GeoJSON.Geometry | null): Point[][] {
  if (geometry?.type === "Polygon") return [geometry.coordinates[0] as unknown as Point[]];
  if (geometry?.type === "MultiPolygon") return geometry.coordinates.map((polygon) => polygon[0] as unknown as Point[]);
  return [];
}

function bboxOf(rings: readonly Point[][]): Bbox {
  const [lons, lats] = [rings.flatMap((ring) => ring.map(([lon]) => lon)), rings.flatMap((ring) => ring.map(([, lat]) => lat))];
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

function boxRing([west, south, east, north]: Config["city"]["bbox"]): Point[] {
  return [[west, south], [east, south], [east, north], [west, north], [west, south]];
}
