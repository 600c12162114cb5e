/** The city's geometry as rings in degrees: outline, districts, the box that holds it. Pure. */
import type { Point } from "./boxes";
import type { Bbox, Config } from "./contract";
import { EMPTY, type Layers } from "./style";

export class CityShape {
  /** The first ring of each district, by code. */
  readonly homes = new Map<string, Point[]>();
  readonly outline: Point[][];
  readonly bbox: Bbox;
  /** Everything a first sketch of the land needs. */
  readonly drawing: Point[][];

  constructor(config: Config, layers: Layers) {
    const districts = layers.get("districts") ?? EMPTY;
    for (const feature of districts.features) {
      const ring = ringsOf(feature.geometry)[0];
      if (ring !== undefined) this.homes.set(String(feature.properties?.["code"]), ring);
    }
    this.outline = (layers.get("outline") ?? districts).features.flatMap((f) => ringsOf(f.geometry));
    if (this.outline.length === 0) this.outline = [boxRing(config.city.bbox)];
    this.bbox = bboxOf(this.outline);
    this.drawing = districts.features.flatMap((f) => ringsOf(f.geometry)).concat(this.outline);
  }
}

function ringsOf(geometry: GeoJSON.Geometry | null): Point[][] {
  if (geometry?.type === "Polygon") return [geometry.coordinates[0] as unknown as Point[]];
  if (geometry?.type === "MultiPolygon") return geometry.coordinates.map((polygon) => polygon[0] as unknown as Point[]);
  return [];
}

function bboxOf(rings: readonly Point[][]): Bbox {
  const [lons, lats] = [rings.flatMap((ring) => ring.map(([lon]) => lon)), rings.flatMap((ring) => ring.map(([, lat]) => lat))];
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

function boxRing([west, south, east, north]: Bbox): Point[] {
  return [[west, south], [east, south], [east, north], [west, north], [west, south]];
}
