/** Where words stand: in free space, off the seams, near what they speak of. Pure. */
import { around, contains, grown, overlap, ringMeetsBox, seamShift, type Box, type Point } from "./boxes";

export interface Ground {
  width: number;
  height: number;
  seams: readonly Box[];
  /** The city's outline in panel pixels. */
  rings: readonly (readonly Point[])[];
}

/** A box of this size in the left or right margin, as near to `near` as it can be without meeting `taken`; null when there is no room. */
export function inMargin(size: { width: number; height: number }, near: Point, taken: readonly Box[], ground: Ground, margin: number, step: number): Box | null {
  let best: { box: Box; cost: number } | null = null;
  for (const x of [margin, ground.width - margin - size.width]) {
    for (let y = margin; y + size.height <= ground.height - margin; y += step) {
      const box = { x, y, ...size };
      if (ground.seams.some((seam) => overlap(grown(seam, step / 2), box) > 0)) continue;
      if (taken.some((other) => overlap(other, grown(box, step / 2)) > 0)) continue;
      if (ground.rings.some((ring) => ringMeetsBox(ring, box))) continue;
      const cost = Math.abs(y + size.height - near[1]) + 0.3 * Math.abs(x + size.width / 2 - near[0]);
      if (best === null || cost < best.cost) best = { box, cost };
    }
  }
  return best?.box ?? null;
}

export interface LabelWish {
  anchor: Point;
  width: number;
  height: number;
  /** How far from its anchor it may stand. */
  reach: number;
  /** The district it names: its centre stays within, and as much of it as can be. */
  home: readonly Point[] | null;
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
    const cost = 6 * touched(box, soft) + Math.hypot(dx + sx, dy + sy) / wish.reach + strays(box, wish.home, ground);
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
  for (const part of [0.2, 0.4, 0.6, 0.8, 1]) {
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
