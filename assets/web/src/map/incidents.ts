/** Incidents: a hexagon whose rim is divided by state, and a call-out in the free space beside the city. */
import type { Config, HazardRow, IncidentRow } from "./contract";
import { around, grown, seamShift, type Box, type Point } from "./boxes";
import { byId, el, markCanvas, svg } from "./dom";
import type { View } from "./fit";
import { inMargin, type Ground } from "./placing";
import { NOTHING } from "./clusters";
import { runs } from "./shapes";

const R = 76;
const RIM = 13;
const GAP = 7.8;
/** A leader longer than this would cross the city (wall units). */
const LEADER = 760;
const MOST_HAZARDS = 2;

export class Incidents {
  /** Boxes no label may touch: hexagons and call-outs. */
  taken: Box[] = [];
  /** Warnings whose words found room: only these may be drawn, because their source must be named. */
  readonly named = new Set<string>();
  hexagons: { id: string; count: number }[] = [];

  constructor(private readonly config: Config) {}

  /** Draws all of them anew; called only when one has changed or the panel has another size. */
  show(incidents: readonly IncidentRow[], hazards: readonly HazardRow[], view: View, ground: Ground, fixed: readonly Box[]): void {
    const { unit: u } = this.config;
    const drawing = byId("drawing");
    const callouts = byId("callouts");
    drawing.replaceChildren();
    callouts.replaceChildren();
    this.hexagons = incidents.map((row) => ({ id: row.id, count: countOf(row) }));
    const sorted = [...incidents].sort((a, b) => countOf(b) - countOf(a) || (a.id < b.id ? -1 : 1));
    const placed = sorted.map((row) => ({ row, at: hexagonCentre(view, ground, row, u) }));
    this.taken = placed.map(({ at }) => around(at, 2 * R * u, 2 * (R + RIM) * u));
    this.named.clear();
    for (const first of placed.slice(0, 1)) this.speakOf(first.row, first.at, ground, fixed);
    for (const hazard of hazards) {
      if (this.named.size < MOST_HAZARDS && this.place(this.hazardCallout(hazard), [0, 0], ground, fixed) !== null) this.named.add(hazard.id);
    }
    for (const { row, at } of placed.slice(1)) this.speakOf(row, at, ground, fixed);
    for (const { row, at } of placed) drawing.append(this.hexagon(row, at));
  }

  private speakOf(row: IncidentRow, at: Point, ground: Ground, fixed: readonly Box[]): void {
    const { unit: u } = this.config;
    const callout = this.calloutOf(row);
    const box = this.place(callout, [at[0], at[1] - 78 * u], ground, fixed);
    if (box === null) return;
    if (Math.abs(box.x + box.width / 2 - at[0]) < LEADER * u) {
      byId("drawing").append(this.leader(box, at));
      return;
    }
    // Too far for a line: its words stand at the top, and its count says which hexagon is meant.
    this.taken.pop();
    this.place(callout, [0, 0], ground, fixed);
  }

  private place(callout: HTMLElement, near: Point, ground: Ground, fixed: readonly Box[]): Box | null {
    byId("callouts").append(callout);
    const { width, height } = callout.getBoundingClientRect();
    const { unit: u } = this.config;
    const room = inMargin({ width, height }, near, [...this.taken, ...fixed.map((box) => grown(box, 16 * u))], ground, 40 * u, 12 * u);
    if (room === null) {
      callout.remove();
      return null;
    }
    callout.style.left = `${room.x}px`;
    callout.style.top = `${room.y}px`;
    this.taken.push(grown(room, 12 * u));
    return room;
  }

  private calloutOf(row: IncidentRow): HTMLElement {
    const { unit: u, colours, words } = this.config;
    const callout = el("div", "callout");
    callout.append(el("div", "what", words["incident"]), bdi("name", row.title), bdi("line", row.line));
    const split = el("div", "split");
    for (const state of ["new", "forwarded", "working", "done"] as const) {
      if (row[state] > 0) split.append(markCanvas(state, state === "done" ? 28 : 34, u, colours), el("b", "", String(row[state])));
    }
    callout.append(split, el("div", "foot"));
    return callout;
  }

  private hazardCallout(row: HazardRow): HTMLElement {
    const callout = el("div", "callout hazard");
    callout.append(el("div", "what", this.config.words["hazard"]), bdi("name", row.headline), bdi("line", row.line));
    return callout;
  }

  /** Under the call-out and on to the hexagon's rim. */
  private leader(box: Box, [cx, cy]: Point): SVGElement {
    const { unit: u, colours } = this.config;
    const y = box.y + box.height;
    const isLeft = box.x < cx;
    const near = isLeft ? Math.max(box.x + box.width, cx - 100 * u) : Math.min(box.x, cx + 100 * u);
    const far = isLeft ? box.x : box.x + box.width;
    const [dx, dy] = [cx - near, cy - y];
    const length = Math.max(1, Math.hypot(dx, dy));
    const reach = Math.max(0, length - (R - 2) * u) / length;
    const points: Point[] = [[far, y], [near, y], [near + dx * reach, y + dy * reach]];
    return svg("polyline", { points: points.map((p) => p.join(",")).join(" "), fill: "none", stroke: colours["ink2"]!, "stroke-width": 3 * u });
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
    const text = svg("text", { x: 0, y: 24, "text-anchor": "middle", "font-size": countOf(row) > 99 ? 54 : 68, "font-weight": 600, fill: colours["ink"]!, "font-family": `"${this.config.figure_family}", "${this.config.text_family}"`, "letter-spacing": "-0.02em" });
    text.textContent = String(countOf(row));
    group.append(text);
    return group;
  }
}

function countOf(row: IncidentRow): number {
  return row.new + row.forwarded + row.working + row.done;
}

/** Off the seams, and inside the panel with all of its rim. */
function hexagonCentre(view: View, ground: Ground, row: IncidentRow, u: number): Point {
  const [x, y] = view.project(row.lon, row.lat);
  const edge = (R + RIM) * u;
  const inside: Point = [Math.min(Math.max(x, edge), ground.width - edge), Math.min(Math.max(y, edge), ground.height - edge)];
  const [dx, dy] = seamShift(around(inside, 2 * edge, 2 * edge), ground.seams);
  return [inside[0] + dx, inside[1] + dy];
}

function bdi(className: string, text: string): HTMLElement {
  const made = el("div", className);
  made.append(el("bdi", "", text));
  return made;
}
