/** Areas under a warning: a faint hatch and a quiet rim on the city's own land, below its marks and never behind a word. */
import type { Box, Point } from "./boxes";
import type { Config } from "./contract";
import { byId } from "./dom";
import type { View } from "./fit";
import type { Ground } from "./placing";

export interface Area {
  ring: readonly (readonly [lon: number, lat: number])[];
  colour: string;
}

const HATCH = 34;
/** The colour of a warning nobody has to act on. */
const QUIET = "ink3";

export class Hazards {
  private readonly canvas = byId("hazards") as HTMLCanvasElement;

  constructor(private readonly config: Config) {}

  /** Draws the areas clipped to the land and leaves out `words`. */
  show(areas: readonly Area[], view: View, ground: Ground, words: readonly Box[]): void {
    this.canvas.hidden = areas.length === 0;
    if (areas.length === 0) {
      this.canvas.width = this.canvas.height = 0;
      return;
    }
    const ratio = window.devicePixelRatio;
    const { unit: u, colours } = this.config;
    this.canvas.width = Math.ceil(ground.width * ratio);
    this.canvas.height = Math.ceil(ground.height * ratio);
    const pen = this.canvas.getContext("2d")!;
    pen.scale(ratio, ratio);
    pen.clip(pathOf(ground.rings), "evenodd");
    const pattern = pen.createPattern(hatchTile(HATCH * u, colours["ink2"]!), "repeat")!;
    for (const { ring, colour } of areas) {
      const isLoud = colour !== QUIET;
      const path = pathOf([ring.map(([lon, lat]) => view.project(lon, lat))]);
      pen.fillStyle = pattern;
      pen.globalAlpha = isLoud ? 0.2 : 0.14;
      pen.fill(path);
      pen.globalAlpha = isLoud ? 0.75 : 0.55;
      pen.strokeStyle = colours[colour]!;
      pen.lineWidth = 3 * u;
      pen.setLineDash([14 * u, 12 * u]);
      pen.stroke(path);
    }
    for (const { x, y, width, height } of words) pen.clearRect(x, y, width, height);
  }
}

/** A square of the hatch, for the map and as its own key beside the warning's words. */
export function hatchTile(side: number, colour: string): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const whole = Math.max(8, Math.round(side));
  canvas.width = canvas.height = whole;
  const pen = canvas.getContext("2d")!;
  pen.strokeStyle = colour;
  pen.lineWidth = Math.max(1, whole / 12);
  for (const x of [-whole, 0, whole]) {
    pen.beginPath();
    pen.moveTo(x - 2, whole + 2);
    pen.lineTo(x + whole + 2, -2);
    pen.stroke();
  }
  return canvas;
}

function pathOf(rings: readonly (readonly Point[])[]): Path2D {
  const path = new Path2D();
  for (const ring of rings) {
    ring.forEach(([x, y], i) => (i === 0 ? path.moveTo(x, y) : path.lineTo(x, y)));
    path.closePath();
  }
  return path;
}
