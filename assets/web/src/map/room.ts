/** Where title, legend, scale and attribution stand, and the view of the city beside them. */
import { grown, type Box, type Point } from "./boxes";
import { Chrome, LEGENDS, type LegendShape } from "./chrome";
import type { CityShape } from "./city";
import type { Config } from "./contract";
import { byId } from "./dom";
import { fitCity, View, type Room } from "./fit";
import { freeBox, scaleBar, type Ground } from "./placing";
import type { Records } from "./records";

/** What a legend that says less must win in the city's size. */
const LESS_SAID = 0.12;

const WORDS = ["title", "meta", "chips", "legend"];

interface Size {
  width: number;
  height: number;
}

export class Arrangement {
  view = new View(512, 0, 0);
  ground: Ground = { width: 1, height: 1, seams: [], rings: [] };
  /** Boxes of the panel's own words. */
  fixed: Box[] = [];
  /** What a mark that gives way keeps clear of. */
  aside: Box[] = [];
  private pad = 0;
  /** The largest size each of the panel's own words has had, in CSS pixels: their room is kept when they are shorter. */
  private readonly reserved = new Map<string, Size>();

  constructor(
    private readonly config: Config,
    private readonly chrome: Chrome,
    private readonly shape: CityShape,
  ) {}

  /** Finds every place anew for the panel's present size and the largest words it has had to hold. */
  arrange(records: Records): void {
    const { unit: u, seams, city, clear } = this.config;
    const [width, height] = [window.innerWidth, window.innerHeight];
    if (clear !== undefined) return this.arrangeBare(width, height, clear);
    const pad = (width / u >= 1400 ? 40 : 28) * u;
    this.pad = pad;
    document.documentElement.style.setProperty("--pad", `${pad}px`);
    const boxes = seams.map(([x, y, w, h]): Box => ({ x: x * u, y: y * u, width: w * u, height: h * u }));
    if (records.frame !== null) this.chrome.showFrame(records.frame);
    const chips = this.reserve("chips");
    byId("title").style.maxWidth = `${Math.max(0, width - 2 * pad - chips.width - 20 * u)}px`;
    byId("meta").style.maxWidth = `${Math.max(0, width - 2 * pad)}px`;
    const heading = ["title", "meta", "chips"].map((id): Box => {
      const { x, y, right } = byId(id).getBoundingClientRect();
      const kept = this.reserve(id);
      return { x: id === "chips" ? right - kept.width : x, y, ...kept };
    });
    const room = { width, height, padding: { top: 122 * u, right: 66 * u, bottom: 26 * u, left: pad }, wishedLeft: 900 * u };
    const { view, legend } = this.chooseFit(room, heading, boxes, records);
    this.view = view;
    this.ground = { width, height, seams: boxes, rings: this.shape.outline.map((ring) => ring.map(([lon, lat]) => view.project(lon, lat))) };
    const metres = (40_075_016.7 * Math.cos((this.centre()[1] * Math.PI) / 180)) / view.scale;
    const bar = scaleBar(metres, 190 * u);
    const scale = this.chrome.showScale(bar.metres, bar.length, heading[1]!);
    // Nothing that gives way comes to stand between title and chips.
    const head = { x: 0, y: 0, width, height: Math.max(...heading.map((box) => box.y + box.height)) };
    this.aside = [head, scale, ...(legend === null ? [] : [legend])];
    this.fixed = [...heading, scale, ...(legend === null ? [] : [legend])];
    this.placeAttribution(city.attribution);
  }

  /** The city alone, as large as it can be beside what others write over its corner. */
  private arrangeBare(width: number, height: number, [w, h]: readonly [number, number]): void {
    const corner = { x: 0, y: 0, width: w, height: h };
    const padding = { top: 12, right: 14, bottom: 14, left: 14 };
    const { view } = fitCity(this.shape.bbox, this.shape.outline, { width, height, padding, wishedLeft: 0 }, [corner]);
    this.view = view;
    this.ground = { width, height, seams: [], rings: this.shape.outline.map((ring) => ring.map(([lon, lat]) => view.project(lon, lat))) };
    this.fixed = this.aside = [corner];
  }

  /** Whether words have outgrown the room they were given. */
  isOutgrown(): boolean {
    return WORDS.some((id) => {
      const [now, kept] = [byId(id).getBoundingClientRect(), this.reserved.get(id)];
      return kept !== undefined && (now.width > kept.width + 0.5 || now.height > kept.height + 0.5);
    });
  }

  /** Forgets how large words once were: the panel has another size. */
  forget(): void {
    this.reserved.clear();
  }

  private reserve(id: string): Size {
    const now = byId(id).getBoundingClientRect();
    const kept = this.reserved.get(id);
    const size = { width: Math.max(now.width, kept?.width ?? 0), height: Math.max(now.height, kept?.height ?? 0) };
    this.reserved.set(id, size);
    return size;
  }

  centre(): [lon: number, lat: number] {
    return this.view.unproject([window.innerWidth / 2, window.innerHeight / 2]);
  }

  /** The legend that says most without making the city much smaller, and the view beside it. */
  private chooseFit(room: Room, heading: Box[], seams: Box[], records: Records): { view: View; legend: Box | null } {
    let best: { shape: LegendShape; view: View; legend: Box | null; value: number } | null = null;
    for (const [rank, shape] of LEGENDS.entries()) {
      const legend = this.buildLegend(shape, room, seams, records);
      if (legend === null && shape !== "none") continue;
      const { view, size } = fitCity(this.shape.bbox, this.shape.outline, room, legend === null ? heading : [...heading, grown(legend, 26 * this.config.unit)]);
      const value = size - rank * LESS_SAID;
      if (best === null || value > best.value) best = { shape, view, legend, value };
      if (best.value >= 1 - (rank + 1) * LESS_SAID) break;
    }
    const chosen = best!;
    const legend = this.buildLegend(chosen.shape, room, seams, records);
    this.reserved.set("legend", legend ?? { width: Infinity, height: Infinity });
    return { view: chosen.view, legend };
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
}
