/** Areas under a warning: a faint hatch and a quiet rim on the city's own land, below its marks and never behind a word. */
import type { CanvasSource, Map as GlMap } from "maplibre-gl";
import type { Box, Point } from "./boxes";
import type { Config } from "./contract";
import type { View } from "./fit";
import type { Ground } from "./placing";

export interface Area {
  ring: readonly (readonly [lon: number, lat: number])[];
  is_severe: boolean;
}

const HATCH = 34;
const LAYER = "hazards";

export class Hazards {
  private readonly canvas = document.createElement("canvas");

  constructor(private readonly config: Config) {}

  /** Draws the areas clipped to the land, leaves out `words`, and hands the picture to the map. */
  show(map: GlMap, areas: readonly Area[], view: View, ground: Ground, words: readonly Box[]): void {
    const source = map.getSource<CanvasSource>(LAYER);
    if (areas.length === 0) {
      if (source !== undefined) {
        map.removeLayer(LAYER);
        map.removeSource(LAYER);
      }
      return;
    }
    this.draw(areas, view, ground, words);
    const { width: w, height: h } = ground;
    const corners = [[0, 0], [w, 0], [w, h], [0, h]].map((at) => view.unproject(at as unknown as Point)) as [[number, number], [number, number], [number, number], [number, number]];
    if (source === undefined) {
      map.addSource(LAYER, { type: "canvas", canvas: this.canvas, coordinates: corners, animate: false });
      map.addLayer({ id: LAYER, type: "raster", source: LAYER, paint: { "raster-fade-duration": 0 } }, "officers");
      return;
    }
    source.setCoordinates(corners);
    source.play();
    source.pause();
  }

  private draw(areas: readonly Area[], view: View, ground: Ground, words: readonly Box[]): void {
    const ratio = window.devicePixelRatio;
    const { unit: u, colours } = this.config;
    this.canvas.width = Math.ceil(ground.width * ratio);
    this.canvas.height = Math.ceil(ground.height * ratio);
    const pen = this.canvas.getContext("2d")!;
    pen.scale(ratio, ratio);
    pen.clip(pathOf(ground.rings), "evenodd");
    const pattern = pen.createPattern(hatchTile(HATCH * u, colours["ink2"]!), "repeat")!;
    for (const { ring, is_severe } of areas) {
      const path = pathOf([ring.map(([lon, lat]) => view.project(lon, lat))]);
      pen.fillStyle = pattern;
      pen.globalAlpha = is_severe ? 0.2 : 0.14;
      pen.fill(path);
      pen.globalAlpha = is_severe ? 0.75 : 0.55;
      pen.strokeStyle = colours[is_severe ? "yellow" : "ink3"]!;
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
