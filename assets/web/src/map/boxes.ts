/** Plane geometry of boxes, seams and outlines, in CSS pixels. Pure. */

export type Point = readonly [x: number, y: number];
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export function around(centre: Point, width: number, height: number): Box {
  return { x: centre[0] - width / 2, y: centre[1] - height / 2, width, height };
}

export function grown(box: Box, margin: number): Box {
  return { x: box.x - margin, y: box.y - margin, width: box.width + 2 * margin, height: box.height + 2 * margin };
}

/** The area two boxes share. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

/** How far a box must move so that no seam crosses it: the shortest way, across the seam only. */
export function seamShift(box: Box, seams: readonly Box[]): Point {
  let [dx, dy] = [0, 0];
  for (const seam of seams) {
    const moved = { ...box, x: box.x + dx, y: box.y + dy };
    if (overlap(moved, seam) === 0) continue;
    if (seam.width >= seam.height) {
      const up = seam.y - (moved.y + moved.height);
      const down = seam.y + seam.height - moved.y;
      dy += -up <= down ? up : down;
    } else {
      const left = seam.x - (moved.x + moved.width);
      const right = seam.x + seam.width - moved.x;
      dx += -left <= right ? left : right;
    }
  }
  return [dx, dy];
}

export function contains(ring: readonly Point[], [x, y]: Point): boolean {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i]!;
    const [xj, yj] = ring[j]!;
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** Whether a closed ring and a box share a point. */
export function ringMeetsBox(ring: readonly Point[], box: Box): boolean {
  const corners: Point[] = [
    [box.x, box.y],
    [box.x + box.width, box.y],
    [box.x + box.width, box.y + box.height],
    [box.x, box.y + box.height],
  ];
  if (contains(ring, corners[0]!)) return true;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    if (segmentMeetsBox(ring[j]!, ring[i]!, box)) return true;
  }
  return false;
}

/** Liang and Barsky: clips the segment to the box and asks whether something is left. */
export function segmentMeetsBox([x1, y1]: Point, [x2, y2]: Point, box: Box): boolean {
  let [from, to] = [0, 1];
  const sides: [number, number][] = [
    [x1 - x2, x1 - box.x],
    [x2 - x1, box.x + box.width - x1],
    [y1 - y2, y1 - box.y],
    [y2 - y1, box.y + box.height - y1],
  ];
  for (const [p, q] of sides) {
    if (p === 0) {
      if (q < 0) return false;
      continue;
    }
    const r = q / p;
    if (p < 0) from = Math.max(from, r);
    else to = Math.min(to, r);
    if (from > to) return false;
  }
  return true;
}
