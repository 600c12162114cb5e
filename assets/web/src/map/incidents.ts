/** Incidents: a hexagon whose rim is divided by state, and a call-out in the free space beside the city. */
import type { Config, HazardRow, IncidentRow } from "./contract";
import { around, grown, type Box, type Point } from "./boxes";
import { byId, el, markCanvas, svg } from "./dom";
import type { View } from "./fit";
import { Callouts } from "./callouts";
import { hatchTile } from "./hazards";
import type { Ground } from "./placing";
import { NOTHING } from "./clusters";
import type { Hexagon } from "./marks";
import { Numerals } from "../numerals";
import { runs } from "./shapes";
import { distance, standApart } from "./spread";

const R = 76;
const RIM = 13;
/** What of a hexagon nothing else may cover, as a radius: its corners reach to 89. */
const BODY = 88;
const GAP = 7.8;
const MOST_HAZARDS = 2;
/** A hexagon beside words: its count is as large as the smallest text. */
const SIGN = 108;

export class Incidents {
  /** Hexagons: no name, camera or officer may lie on them. */
  hexagonBoxes: Box[] = [];
  /** Warnings whose words found room: only these may be drawn, because their source must be named. */
  readonly named = new Set<string>();
  hexagons: Hexagon[] = [];
  private placed: { row: IncidentRow; at: Point; home: Point }[] = [];
  private readonly callouts: Callouts;
  private readonly numerals: Numerals;

  constructor(private readonly config: Config) {
    this.callouts = new Callouts(config);
    this.numerals = new Numerals(config.language);
  }

  /** Boxes no label may touch: hexagons, call-outs and their lines. */
  get taken(): Box[] {
    return [...this.hexagonBoxes, ...this.callouts.taken];
  }

  /** Whether call-outs must be placed anew because marks have come under them. */
  isUnder(marks: readonly Box[]): boolean {
    return !this.callouts.standFree(marks);
  }

  /** How many reports the hexagons stand for. */
  get within(): number {
    return this.placed.reduce((sum, { row }) => sum + countOf(row), 0);
  }

  /** Finds the hexagons' places, the largest incident first: none covers another. */
  stand(incidents: readonly IncidentRow[], view: View, ground: Ground, words: readonly Box[]): void {
    const { unit: u } = this.config;
    const sorted = [...incidents].sort((a, b) => countOf(b) - countOf(a) || (a.id < b.id ? -1 : 1));
    const homes = sorted.map((row) => view.project(row.lon, row.lat));
    const places = standApart(homes, BODY * u, words, ground);
    this.placed = sorted.map((row, i) => ({ row, at: places[i]!, home: homes[i]! }));
    this.hexagonBoxes = this.placed.map(({ at }) => around(at, 2 * R * u, 2 * (R + RIM) * u));
    this.hexagons = this.placed.map(({ row, at }) => ({ id: row.id, at, radius: BODY * u }));
  }

  /** Draws all of them anew; called only when one has changed, marks came under their words, or the panel has another size. */
  show(hazards: readonly HazardRow[], ground: Ground, fixed: readonly Box[], marks: readonly Box[]): void {
    const { unit: u } = this.config;
    const obstacles = [...fixed.map((box) => grown(box, 6 * u)), ...this.hexagonBoxes, ...marks];
    // Near to what they speak of; when that leaves an incident without a name, shorter and packed from a corner.
    if (this.speak(hazards, obstacles, ground, false) < this.placed.length) this.speak(hazards, obstacles, ground, true);
    this.callouts.settle();
    for (const { at, home } of this.placed) if (distance(at, home) > R * u) byId("drawing").prepend(this.tieHome(at, home));
    for (const { row, at } of this.placed) byId("drawing").append(this.hexagon(row, at));
  }

  /** Places all words; returns how many incidents found room. */
  private speak(hazards: readonly HazardRow[], obstacles: readonly Box[], ground: Ground, isPacked: boolean): number {
    byId("drawing").replaceChildren();
    if (this.config.clear !== undefined) return this.placed.length;
    this.callouts.clear(isPacked);
    this.named.clear();
    const top = 140 * this.config.unit;
    const corners: Point[] = [[0, top], [ground.width, top], [0, ground.height]];
    const warn = (most: number): void => {
      for (const hazard of hazards) {
        if (this.named.size >= most) return;
        if (!this.named.has(hazard.id) && this.callouts.near(hazard.id, this.hazardCallout(hazard), corners, obstacles, ground)) this.named.add(hazard.id);
      }
    };
    let spoken = 0;
    this.placed.forEach(({ row, at }, i) => {
      if (this.speakOf(row, at, isPacked, obstacles, ground)) spoken++;
      if (i === 0) warn(1);
    });
    warn(MOST_HAZARDS);
    return spoken;
  }

  private speakOf(row: IncidentRow, at: Point, isPacked: boolean, obstacles: readonly Box[], ground: Ground): boolean {
    const callout = this.calloutOf(row);
    callout.classList.add("tied");
    if (this.callouts.tie(row.id, callout, { at, radius: (R - 2) * this.config.unit }, obstacles, ground)) return true;
    // No line: the incident's own hexagon stands beside its words.
    callout.classList.remove("tied");
    callout.classList.toggle("brief", isPacked);
    return this.callouts.near(row.id, callout, isPacked ? [[ground.width, 0]] : [at], obstacles, ground);
  }

  private calloutOf(row: IncidentRow): HTMLElement {
    const { unit: u, colours, words } = this.config;
    const callout = el("div", "callout");
    callout.append(this.signOf(row), el("div", "what", words["incident"]), bdi("name", row.title), bdi("line", row.line));
    const split = el("div", "split");
    for (const state of ["new", "forwarded", "working", "done"] as const) {
      if (row[state] > 0) split.append(markCanvas(state, state === "done" ? 28 : 34, u, colours), el("b", "", this.numerals.number(row[state])));
    }
    callout.append(split, el("div", "foot"));
    return callout;
  }

  private hazardCallout(row: HazardRow): HTMLElement {
    const callout = el("div", "callout hazard");
    const { unit: u, colours, words } = this.config;
    const key = el("i", "key");
    key.style.borderColor = colours[row.colour]!;
    const tile = hatchTile(18 * u * window.devicePixelRatio, colours["ink2"]!);
    tile.style.width = tile.style.height = "100%";
    key.append(tile);
    const what = el("div", "what");
    what.append(key, el("span", "", words["hazard"]));
    callout.append(what, bdi("name", row.headline), bdi("line", row.line));
    return callout;
  }

  /** The incident's own hexagon, small: says which one is meant where no line does. */
  private signOf(row: IncidentRow): SVGElement {
    const side = SIGN * this.config.unit;
    const sign = svg("svg", { class: "sign", width: side, height: side, viewBox: "-92 -92 184 184" });
    const hexagon = this.hexagon(row, [0, 0]);
    hexagon.removeAttribute("transform");
    sign.append(hexagon);
    return sign;
  }

  /** From a hexagon that had to give way to its incident's place. */
  private tieHome([x, y]: Point, [hx, hy]: Point): SVGElement {
    const { unit: u, colours } = this.config;
    const group = svg("g", { stroke: colours["ink2"]!, "stroke-linecap": "round" });
    group.append(svg("path", { d: `M${hx} ${hy}L${x} ${y}`, "stroke-width": 3 * u }), svg("path", { d: `M${hx} ${hy}h0`, "stroke-width": 12 * u }));
    return group;
  }

  private hexagon(row: IncidentRow, [cx, cy]: Point): SVGElement {
    const { unit: u, colours } = this.config;
    const group = svg("g", { transform: `translate(${cx} ${cy}) scale(${u})` });
    const corners = [0, 1, 2, 3, 4, 5].map((i) => [R * Math.sin((i * Math.PI) / 3), -R * Math.cos((i * Math.PI) / 3)]);
    const d = `M${corners.map(([x, y]) => `${x!.toFixed(2)} ${y!.toFixed(2)}`).join("L")}Z`;
    group.append(svg("path", { d, fill: colours["bg"]!, stroke: colours["land_hi"]!, "stroke-width": 2 * RIM, "stroke-linejoin": "round" }));
    const parts = runs({ ...NOTHING, new: row.new, forwarded: row.forwarded, working: row.working, done: row.done });
    const total = parts.reduce((sum, [, share]) => sum + share, 0);
    let from = 0;
    for (const [colour, share] of parts) {
      const length = (share / Math.max(1, total)) * 6 * R;
      const shown = parts.length === 1 ? length : Math.max(0, length - GAP);
      group.append(svg("path", { d, fill: "none", stroke: colours[colour]!, "stroke-width": RIM, "stroke-dasharray": `${shown} ${6 * R - shown}`, "stroke-dashoffset": -from }));
      from += length;
    }
    const words = this.numerals.short(countOf(row));
    const text = svg("text", { x: 0, y: words.length > 3 ? 14 : 24, "text-anchor": "middle", "font-size": words.length > 3 ? 36 : words.length > 2 ? 54 : 68, "font-weight": 600, fill: colours["ink"]!, "font-family": `"${this.config.figure_family}", "${this.config.text_family}"`, "letter-spacing": "-0.02em" });
    text.textContent = words;
    group.append(text);
    return group;
  }
}

function countOf(row: IncidentRow): number {
  return row.new + row.forwarded + row.working + row.done;
}

function bdi(className: string, text: string): HTMLElement {
  const made = el("div", className);
  made.append(el("bdi", "", text));
  return made;
}
