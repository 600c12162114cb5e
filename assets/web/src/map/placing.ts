/** Where words stand: in free space, off the seams, near what they speak of. Pure. */
import { around, contains, grown, overlap, ringMeetsBox, seamShift, segmentMeetsBox, type Box, type Point } from "./boxes";

export interface Ground {
  width: number;
  height: number;
  seams: readonly Box[];
  /** The city's outline in panel pixels. */
  rings: readonly (readonly Point[])[];
}

/** The free box of least cost: off the city, the seams and `taken`; null when there is no room. A cost of null forbids a place. */
export function freeBox(size: { width: number; height: number }, taken: readonly Box[], ground: Ground, margin: number, step: number, cost: (box: Box) => number | null): Box | null {
  let best: { box: Box; cost: number } | null = null;
  for (const x of along(margin, ground.width - margin - size.width, step)) {
    for (const y of along(margin, ground.height - margin - size.height, step)) {
      const box = { x, y, ...size };
      if (!isFree(box, taken, ground, step / 2)) continue;
      const now = cost(box);
      if (now === null || (best !== null && now >= best.cost)) continue;
      if (ground.rings.some((ring) => ringMeetsBox(ring, box))) continue;
      best = { box, cost: now };
    }
  }
  return best?.box ?? null;
}

/** Whether a box lies off the seams and what is taken, with some air. */
export function isFree(box: Box, taken: readonly Box[], ground: Ground, air: number): boolean {
  const wide = grown(box, air);
  return !ground.seams.some((seam) => overlap(seam, wide) > 0) && !taken.some((other) => overlap(other, wide) > 0);
}

function along(from: number, to: number, step: number): number[] {
  if (to < from) return [];
  const found = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
  return found.at(-1) === to ? found : [...found, to];
}

export interface Tie {
  /** Along the call-out, then on to the rim of its mark. */
  points: Point[];
  /** From the call-out to the rim. */
  length: number;
}

/** The line that ties a call-out to a round mark: along the call-out's edge that faces it, then straight to the rim. */
export function tieOf(box: Box, [cx, cy]: Point, radius: number): Tie {
  const y = cy < box.y ? box.y : box.y + box.height;
  const [left, right] = [box.x, box.x + box.width];
  const near = Math.min(Math.max(cx, left), right);
  const [dx, dy] = [cx - near, cy - y];
  const distance = Math.max(1, Math.hypot(dx, dy));
  const part = Math.max(0, distance - radius) / distance;
  const tip: Point = [near + dx * part, y + dy * part];
  const points: Point[] = near === left ? [[right, y], [left, y], tip] : [[left, y], ...(near === right ? [] : ([[right, y]] as Point[])), [near, y], tip];
  return { points, length: distance * part };
}

/** Whether a tie runs free: short enough, and over none of `marks`. */
export function runsFree(tie: Tie, longest: number, marks: readonly Box[]): boolean {
  const [from, to] = [tie.points.at(-2)!, tie.points.at(-1)!];
  return tie.length <= longest && !marks.some((box) => segmentMeetsBox(from, to, box));
}

/** Where a mark that gives way is drawn: at its place when that is free, else beside it, touching as little as it can. */
export function aside(at: Point, width: number, height: number, taken: readonly Box[], reach: number, ground: Ground): Point {
  const close = taken.filter((other) => overlap(other, around(at, width + 2 * reach, height + 2 * reach)) > 0);
  let best: { at: Point; cost: number } | null = null;
  for (const [dx, dy] of offsets(reach)) {
    const raw = around([at[0] + dx, at[1] + dy], width, height);
    const [sx, sy] = seamShift(raw, ground.seams);
    const box = { ...raw, x: raw.x + sx, y: raw.y + sy };
    const cost = 8 * touched(box, close) + Math.hypot(dx + sx, dy + sy) / reach;
    if (best === null || cost < best.cost - 1e-9) best = { at: [at[0] + dx + sx, at[1] + dy + sy], cost };
  }
  return best!.at;
}

export interface LabelWish {
  anchor: Point;
  width: number;
  height: number;
  /** How far from its anchor it may stand. */
  reach: number;
  /** The district it names: its centre stays within, and as much of it as can be. */
  home: readonly Point[] | null;
  /** The most of it that may lie under marks; above that it is not drawn. */
  most: number;
}

/** The centre of a label: off seams and `hard` boxes, touching as few `soft` ones as it can, moved as little as it can; null when nowhere. */
export function labelCentre(wish: LabelWish, hard: readonly Box[], soft: readonly Box[], ground: Ground): Point | null {
  let best: { at: Point; cost: number } | null = null;
  for (const [dx, dy] of offsets(wish.reach)) {
    const wished: Point = [wish.anchor[0] + dx, wish.anchor[1] + dy];
    if (wish.home !== null && !contains(wish.home, wished)) continue;
    const raw = around(wished, wish.width, wish.height);
    const [sx, sy] = seamShift(raw, ground.seams);
    const box = { ...raw, x: raw.x + sx, y: raw.y + sy };
    if (box.x < 0 || box.y < 0 || box.x + box.width > ground.width || box.y + box.height > ground.height) continue;
    if (hard.some((other) => overlap(other, box) > 0)) continue;
    const under = touched(box, soft);
    if (under > wish.most) continue;
    const cost = 12 * under + Math.hypot(dx + sx, dy + sy) / wish.reach + strays(box, wish.home, ground);
    if (best === null || cost < best.cost - 1e-9) best = { at: [wished[0] + sx, wished[1] + sy], cost };
  }
  return best?.at ?? null;
}

/** How much of a box lies under others (1 = all of it, once). */
export function touched(box: Box, others: readonly Box[]): number {
  return others.reduce((sum, other) => sum + overlap(other, box), 0) / (box.width * box.height);
}

/** A district's name should lie in its district; the name of what is outside should not lie on the city. */
function strays(box: Box, home: readonly Point[] | null, ground: Ground): number {
  if (home === null) return ground.rings.some((ring) => ringMeetsBox(ring, box)) ? 1.5 : 0;
  const ends: Point[] = [[box.x, box.y], [box.x + box.width, box.y], [box.x, box.y + box.height], [box.x + box.width, box.y + box.height]];
  return ends.filter((end) => !contains(home, end)).length * 0.25;
}

/** Offsets to try, the place itself first. */
function offsets(reach: number): Point[] {
  const tried: Point[] = [[0, 0]];
  for (const part of [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1]) {
    for (let turn = 0; turn < 16; turn++) {
      const angle = (turn / 16) * 2 * Math.PI;
      tried.push([Math.cos(angle) * reach * part, Math.sin(angle) * reach * part]);
    }
  }
  return tried;
}

/** The longest round distance (1, 2 or 5 times a power of ten metres) that is at most `pixels` long. */
export function scaleBar(metresPerPixel: number, pixels: number): { metres: number; length: number } {
  const most = metresPerPixel * pixels;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = [5, 2, 1].map((step) => step * power).find((length) => length <= most) ?? power;
  return { metres, length: metres / metresPerPixel };
}
