/** Call-outs: words in the free space nearest to what they speak of, tied to it by a short line or by its own sign. */
import { around, grown, overlap, type Box, type Point } from "./boxes";
import type { Config } from "./contract";
import { byId, svg } from "./dom";
import { freeBox, runsFree, tieOf, type Ground, type Tie } from "./placing";

/** A longer line would cross the city (wall units). */
const LONGEST_TIE = 380;
const MARGIN = 40;
/** Places are tried this far apart, with half of it as air; when room is scarce, half as far. */
const STEP = 24;

export interface Target {
  at: Point;
  radius: number;
}

export class Callouts {
  /** Boxes of the call-outs that stand, with air. */
  taken: Box[] = [];
  private step = STEP;
  private boxes: Box[] = [];
  private ties: { tie: Tie; at: Point }[] = [];
  private stood = new Map<string, Point>();
  private placed = new Map<string, Point>();

  constructor(private readonly config: Config) {}

  clear(isScarce: boolean): void {
    this.step = (isScarce ? STEP / 2 : STEP) * this.config.unit;
    byId("callouts").replaceChildren();
    this.taken = [];
    this.boxes = [];
    this.ties = [];
    this.placed = new Map();
  }

  /** Ends a round of placing: remembers who stood where, so that the next round moves only what must move. */
  settle(): void {
    this.stood = this.placed;
  }

  /** Whether every call-out and its line still run free of `marks`. */
  standFree(marks: readonly Box[]): boolean {
    const isBare = this.boxes.every((box) => marks.every((mark) => overlap(mark, box) === 0));
    return isBare && this.ties.every(({ tie, at }) => runsFree(tie, Infinity, apartFrom(marks, at)));
  }

  /** Puts words where a short line to their target runs free, and draws it; false when there is no such place. */
  tie(id: string, callout: HTMLElement, target: Target, obstacles: readonly Box[], ground: Ground): boolean {
    const others = apartFrom([...obstacles, ...this.taken], target.at);
    const free = (box: Box): Tie | null => {
      const tie = tieOf(box, target.at, target.radius);
      return runsFree(tie, LONGEST_TIE * this.config.unit, others) ? tie : null;
    };
    const box = this.place(id, callout, obstacles, ground, (place) => free(place)?.length ?? null);
    const tie = box === null ? null : free(box);
    if (tie === null) return false;
    this.draw(tie);
    this.ties.push({ tie, at: target.at });
    return true;
  }

  /** Puts words as near to one of these points as they find room; false when they find none. */
  near(id: string, callout: HTMLElement, points: readonly Point[], obstacles: readonly Box[], ground: Ground): boolean {
    return this.place(id, callout, obstacles, ground, (box) => Math.min(...points.map(([x, y]) => distance(box, x, y)))) !== null;
  }

  private place(id: string, callout: HTMLElement, obstacles: readonly Box[], ground: Ground, cost: (box: Box) => number | null): Box | null {
    const { unit: u } = this.config;
    byId("callouts").append(callout);
    const { width, height } = callout.getBoundingClientRect();
    const taken = [...this.taken, ...obstacles];
    const before = this.stood.get(id);
    // Where it stood is as good as anything up to this much nearer.
    const wins = 120 * u;
    const stays = (box: Box): number | null => {
      const now = cost(box);
      return now !== null && before !== undefined && box.x === before[0] && box.y === before[1] ? now - wins : now;
    };
    const room = freeBox({ width, height }, taken, ground, MARGIN * u, this.step, stays);
    if (room === null) {
      callout.remove();
      return null;
    }
    callout.style.left = `${room.x}px`;
    callout.style.top = `${room.y}px`;
    this.placed.set(id, [room.x, room.y]);
    this.boxes.push(room);
    this.taken.push(grown(room, this.step / 3));
    return room;
  }

  private draw(tie: Tie): void {
    const { unit: u, colours } = this.config;
    byId("drawing").append(svg("polyline", { points: tie.points.map((p) => p.join(",")).join(" "), fill: "none", stroke: colours["ink2"]!, "stroke-width": 3 * u }));
    const [from, to] = [tie.points.at(-2)!, tie.points.at(-1)!];
    // Nobody else's words may lie on the line.
    this.taken.push(around([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2], Math.abs(to[0] - from[0]) + 4 * u, Math.abs(to[1] - from[1]) + 4 * u));
  }
}

/** The boxes that do not lie round a point: what stands under a hexagon does not block its line. */
function apartFrom(boxes: readonly Box[], [x, y]: Point): Box[] {
  return boxes.filter((box) => x < box.x || x > box.x + box.width || y < box.y || y > box.y + box.height);
}

function distance(box: Box, x: number, y: number): number {
  const dx = Math.max(box.x - x, 0, x - box.x - box.width);
  const dy = Math.max(box.y - y, 0, y - box.y - box.height);
  return Math.hypot(dx, dy);
}
