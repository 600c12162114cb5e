/** The map itself: one still view of the city, and the marks laid on it batch by batch. */
import { Map as GlMap, type GeoJSONSource } from "maplibre-gl";
import { around, grown, type Box, type Point, seamShift } from "./boxes";
import { Chrome, LEGENDS, type LegendShape } from "./chrome";
import { isPinned, marksOf, partOf, type Mark } from "./clusters";
import type { Bbox, Config, Kind, ReportRow } from "./contract";
import { byId } from "./dom";
import { fitCity, View, type Room } from "./fit";
import { Images } from "./images";
import { Incidents } from "./incidents";
import { Labels } from "./labels";
import { inMargin, scaleBar, type Ground } from "./placing";
import type { Records } from "./records";
import { extent } from "./shapes";
import { buildStyle, EMPTY, weightOf, type Layers } from "./style";

/** What a legend that says less must win in the city's size. */
const LESS_SAID = 0.12;
const OPEN = new Set(["new", "forwarded", "working", "reopened"]);

export class Stage {
  readonly map: GlMap;
  marks: Mark[] = [];
  drawn: Record<string, number> = {};
  private readonly chrome: Chrome;
  private readonly incidents: Incidents;
  private readonly labels: Labels;
  private readonly images: Images;
  private readonly outline: Point[][];
  private view = new View(512, 0, 0);
  private ground: Ground = { width: 1, height: 1, seams: [], rings: [] };
  private fixed: Box[] = [];
  private readonly bbox: Bbox;
  private readonly sent = new Map<string, string>();
  private readonly lit = new Map<string, string>();

  constructor(
    private readonly config: Config,
    layers: Layers,
    records: Records,
  ) {
    const homes = new Map<string, Point[]>();
    for (const feature of layers.get("districts")?.features ?? []) {
      const ring = ringsOf(feature.geometry)[0];
      if (ring !== undefined) homes.set(String(feature.properties?.["code"]), ring);
    }
    this.outline = (layers.get("outline") ?? layers.get("districts") ?? EMPTY).features.flatMap((f) => ringsOf(f.geometry));
    if (this.outline.length === 0) this.outline = [boxRing(config.city.bbox)];
    this.bbox = bboxOf(this.outline);
    this.chrome = new Chrome(config);
    this.incidents = new Incidents(config);
    this.labels = new Labels(config, homes);
    this.arrange(records);
    this.map = new GlMap({
      container: "map",
      style: buildStyle(config, layers, this.view.zoom),
      center: this.centre(),
      zoom: this.view.zoom,
      interactive: false,
      attributionControl: false,
      fadeDuration: 0,
      renderWorldCopies: false,
      maxPitch: 0,
      trackResize: false,
    });
    this.images = new Images(this.map, config.colours, config.unit, `"${config.figure_family}", "${config.text_family}"`);
  }

  /** Resolves when style and workers are there; rejects when they fail. */
  async load(): Promise<void> {
    this.map.on("styleimagemissing", ({ id }) => {
      if (id === "hatch") this.map.addImage("hatch", hatch(this.config), { pixelRatio: window.devicePixelRatio });
    });
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
    this.placeAttribution(city.attribution, pad);
    if (this.config.options.labels) this.labels.build(view);
  }

  private centre(): [lon: number, lat: number] {
    return this.view.unproject([window.innerWidth / 2, window.innerHeight / 2]);
  }

  /** Takes over what changed in `kinds` (null: everything). */
  draw(records: Records, kinds: ReadonlySet<Kind> | null): void {
    const has = (kind: Kind): boolean => kinds === null || kinds.has(kind);
    const shows = new Set(this.config.options.show);
    if (records.frame !== null) this.chrome.showFrame(records.frame);
    this.chrome.showLegend(records.legend);
    const incidents = shows.has("incidents") ? records.rows("incident") : [];
    const changed = this.changes("incidents", [incidents, records.rows("hazard")]);
    if (changed) this.incidents.show(incidents, shows.has("hazards") ? records.rows("hazard") : [], this.view, this.ground, this.fixed);
    if (has("report") || changed || kinds === null) this.drawReports(records, new Set(incidents.map((row) => row.id)), shows);
    if (has("officer")) this.drawPoints("officers", "officer", shows.has("officers") ? records.rows("officer") : []);
    if (has("camera")) this.drawPoints("cameras", "camera", shows.has("cameras") ? records.rows("camera") : []);
    const hazards = records.rows("hazard").filter((row) => this.incidents.named.has(row.id));
    this.drawHazards(hazards.flatMap((row) => row.polygons.map((ring) => ({ ring, row }))));
    this.lightDistricts(records, incidents.flatMap((row) => row.districts));
    if (this.config.options.labels) {
      const soft = this.marks.map((mark) => around(mark.at, 0.75 * extent(mark.state) * this.config.unit, 0.75 * extent(mark.state) * this.config.unit));
      const cameras = records.rows("camera").map((row) => around(this.view.project(row.lon, row.lat), 60 * this.config.unit, 48 * this.config.unit));
      this.labels.settle([...this.fixed, ...this.incidents.taken], [...soft, ...cameras], this.ground, this.view);
    }
    this.drawn["incidents"] = this.incidents.hexagons.length;
    this.drawn["in_incidents"] = this.incidents.hexagons.reduce((sum, { count }) => sum + count, 0);
  }

  /** The legend that says most without making the city much smaller, and the view beside it. */
  private chooseFit(room: Room, heading: Box[], seams: Box[], records: Records): { view: View; legend: Box | null } {
    let best: { shape: LegendShape; view: View; legend: Box | null; value: number } | null = null;
    for (const [rank, shape] of LEGENDS.entries()) {
      const legend = this.buildLegend(shape, room, seams, records);
      if (legend === null && shape !== "none") continue;
      const { view, size } = fitCity(this.bbox, this.outline, room, legend === null ? heading : [...heading, legend]);
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

  private placeAttribution(text: string, pad: number): void {
    const { unit: u } = this.config;
    const node = byId("attribution");
    // Addresses may break after a slash or underscore.
    node.textContent = text.replace(/([/_])/g, "$1\u200b");
    for (const columns of [420, 380, 560, 320]) {
      node.style.width = `${columns * u}px`;
      const { width, height } = node.getBoundingClientRect();
      const box = inMargin({ width, height }, [this.ground.width, 0], this.fixed.map((other) => grown(other, 12 * u)), this.ground, pad, 12 * u);
      if (box === null) continue;
      node.style.left = `${box.x}px`;
      node.style.top = `${box.y}px`;
      node.style.textAlign = box.x > this.ground.width / 2 ? "right" : "left";
      this.fixed.push(box);
      node.style.visibility = "visible";
      return;
    }
    node.style.visibility = "hidden";
  }

  private drawReports(records: Records, incidents: ReadonlySet<string>, shows: ReadonlySet<string>): void {
    const rows = shows.has("reports") ? records.rows("report").filter((row) => isPinned(row, incidents)) : [];
    this.marks = marksOf(rows, this.view, this.config.unit).map((mark) => this.offSeam(mark));
    const used = new Set<string>();
    const features = this.marks.map((mark) => {
      const icon = this.images.of(mark);
      used.add(icon);
      return this.feature(mark.at, icon);
    });
    this.images.keep(used);
    this.send("reports", features);
    this.drawn = countDrawn(this.marks);
    const row = records.selected === null ? undefined : records.tables.report.get(records.selected);
    const alone = this.marks.find((mark) => mark.id === row?.[0]);
    this.send("focus", alone === undefined ? [] : [this.feature(alone.at, "focus")]);
  }

  private drawPoints(source: string, name: string, rows: readonly { lon: number; lat: number; is_stale?: boolean }[]): void {
    const half = (extent(name) / 2) * this.config.unit;
    this.drawn[source] = rows.length;
    this.send(
      source,
      rows.map((row) => {
        const at = this.view.project(row.lon, row.lat);
        const [dx, dy] = seamShift(around(at, 2 * half, 2 * half), this.ground.seams);
        return this.feature([at[0] + dx, at[1] + dy], row.is_stale === true ? `${name}-stale` : name);
      }),
    );
  }

  private drawHazards(areas: readonly { ring: [number, number][]; row: { is_severe: boolean } }[]): void {
    this.drawn["hazards"] = areas.length;
    this.send(
      "hazards",
      areas.map(({ ring, row }) => ({ type: "Feature", properties: { is_severe: row.is_severe }, geometry: { type: "Polygon", coordinates: [ring] } })),
    );
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

function hatch(config: Config): ImageData {
  const side = Math.max(8, Math.round(28 * config.unit * window.devicePixelRatio));
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const pen = canvas.getContext("2d")!;
  pen.strokeStyle = config.colours["ink2"]!;
  pen.globalAlpha = 0.16;
  pen.lineWidth = Math.max(1, side / 12);
  for (const x of [-side, 0, side]) {
    pen.beginPath();
    pen.moveTo(x - 2, side + 2);
    pen.lineTo(x + side + 2, -2);
    pen.stroke();
  }
  return pen.getImageData(0, 0, side, side);
}
