/** Where the city stands in the panel: as large as it can be without its outline meeting title, chip, scale or legend. Pure. */
import { ringMeetsBox, type Box, type Point } from "./boxes";
import type { Bbox } from "./contract";

/** Maps degrees to panel pixels: web mercator, `scale` pixels for the whole world. */
export class View {
  constructor(
    readonly scale: number,
    readonly left: number,
    readonly top: number,
  ) {}

  project(lon: number, lat: number): Point {
    return [mercatorX(lon) * this.scale - this.left, mercatorY(lat) * this.scale - this.top];
  }

  unproject([x, y]: Point): [lon: number, lat: number] {
    const my = (y + this.top) / this.scale;
    return [((x + this.left) / this.scale) * 360 - 180, (Math.atan(Math.sinh(Math.PI * (1 - 2 * my))) * 180) / Math.PI];
  }

  /** MapLibre's zoom: the world is 512 pixels at 0. */
  get zoom(): number {
    return Math.log2(this.scale / 512);
  }
}

export function mercatorX(lon: number): number {
  return (lon + 180) / 360;
}

export function mercatorY(lat: number): number {
  const sin = Math.sin((lat * Math.PI) / 180);
  return 0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI);
}

export interface Room {
  width: number;
  height: number;
  padding: { top: number; right: number; bottom: number; left: number };
  /** Room for call-outs wished left of the city in a wide panel. */
  wishedLeft: number;
}

const SMALLEST = 0.5;
const STEP = 0.02;

/** The view of the largest city that meets none of `obstacles`, and how large it is (1 = fills the padded panel). */
export function fitCity(bbox: Bbox, rings: readonly (readonly Point[])[], room: Room, obstacles: readonly Box[]): { view: View; size: number } {
  const [west, south, east, north] = bbox;
  const [x0, y0] = [mercatorX(west), mercatorY(north)];
  const [w, h] = [mercatorX(east) - x0, mercatorY(south) - y0];
  const availableWidth = Math.max(1, room.width - room.padding.left - room.padding.right);
  const availableHeight = Math.max(1, room.height - room.padding.top - room.padding.bottom);
  const full = Math.min(availableWidth / w, availableHeight / h);
  const world = rings.map((ring) => ring.map(([lon, lat]): Point => [mercatorX(lon), mercatorY(lat)]));
  const place = (scale: number, x: number, y: number): View =>
    new View(scale, x0 * scale - room.padding.left - x, y0 * scale - room.padding.top - y);
  for (let size = 1; size > SMALLEST; size -= STEP) {
    const scale = full * size;
    for (const x of offsets(availableWidth - w * scale, room.wishedLeft - room.padding.left)) {
      for (const y of thirds(availableHeight - h * scale)) {
        const view = place(scale, x, y);
        const shown = world.map((ring) => ring.map(([mx, my]): Point => [mx * scale - view.left, my * scale - view.top]));
        if (!obstacles.some((box) => shown.some((ring) => ringMeetsBox(ring, box)))) return { view, size };
      }
    }
  }
  const left = offsets(availableWidth - w * full, room.wishedLeft - room.padding.left)[0] ?? 0;
  return { view: place(full, left, (availableHeight - h * full) / 2), size: SMALLEST };
}

/** Places to try along the width: right of the wished room, in the middle of what a very wide panel leaves. */
function offsets(free: number, wished: number): number[] {
  const first = Math.min(free, Math.max(free / 2, wished));
  return [first, free, free * 0.75, free * 0.5, free * 0.25, 0].filter((x, i, all) => x >= 0 && all.indexOf(x) === i);
}

function thirds(free: number): number[] {
  return free < 1 ? [0] : [free / 2, free * 0.25, 0, free * 0.75, free];
}
