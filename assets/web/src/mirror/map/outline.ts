/** The city's land as SVG paths, and where a place stands in it: the first picture, before any map has come. Pure. */
import { fitCity, type View } from "../../map/fit";
import type { Point } from "../../map/boxes";
import type { CityConfig } from "../contract";

export interface Outline {
  view: View;
  land: { code: string; path: string }[];
  /** The river, as a path. */
  water: string;
}

function ringsOf(geometry: GeoJSON.Geometry | null): Point[][] {
  if (geometry?.type === "Polygon") return [geometry.coordinates[0] as unknown as Point[]];
  if (geometry?.type === "MultiPolygon") return geometry.coordinates.map((polygon) => polygon[0] as unknown as Point[]);
  return [];
}

/** Fits the districts into a card of this size beside what is written over its upper and its lower left corner: the same view as the map page takes. */
export function outlineOf(districts: GeoJSON.FeatureCollection, bbox: CityConfig["bbox"], width: number, height: number, clear: readonly [number, number], legend: readonly [number, number] = [0, 0], water: GeoJSON.FeatureCollection | null = null): Outline {
  const shapes = districts.features.map((feature) => ({ code: String(feature.properties?.["code"]), rings: ringsOf(feature.geometry) }));
  const rings = shapes.flatMap((shape) => shape.rings);
  const padding = { top: 12, right: 14, bottom: 14, left: 14 };
  const box = rings.length === 0 ? bbox : boxOf(rings);
  const { view } = fitCity(box, rings, { width, height, padding, wishedLeft: 0 }, [
    { x: 0, y: 0, width: clear[0], height: clear[1] },
    { x: 0, y: height - legend[1], width: legend[0], height: legend[1] },
  ]);
  const line = (points: Point[]): string => `M${points.map(([lon, lat]) => view.project(lon, lat).map((n) => n.toFixed(1)).join(" ")).join("L")}`;
  const land = shapes.map(({ code, rings: some }) => ({ code, path: some.map((ring) => `${line(ring)}Z`).join("") }));
  return { view, land, water: (water?.features ?? []).flatMap(({ geometry }) => linesOf(geometry).map(line)).join("") };
}

function linesOf(geometry: GeoJSON.Geometry | null): Point[][] {
  if (geometry?.type === "LineString") return [geometry.coordinates as unknown as Point[]];
  if (geometry?.type === "MultiLineString") return geometry.coordinates as unknown as Point[][];
  return [];
}

export interface Name {
  text: string;
  at: Point;
}

/** Half a letter's width and a line's height of a district's name, in CSS pixels. */
const HALF_LETTER = 3.7;
const LINE = 15;
/** Where a name may stand instead of its own place: lines above and below it. */
const STEPS: readonly number[] = [0, -1, 1, -2, 2];

/** Middle of a mark, and how far it reaches from there. */
export type Taken = readonly [x: number, y: number, reach: number];

/** Each name where no mark and no other name is met, near its own place; one that finds no room is left out. `zoom`: how much larger than usual the type is. Pure. */
export function placedNames(names: readonly Name[], taken: readonly Taken[], zoom = 1): Name[] {
  const placed: Name[] = [];
  const halfOf = (text: string): number => text.length * HALF_LETTER * zoom;
  for (const { text, at } of names) {
    const isClear = (x: number, y: number, [u, v, reach]: Taken): boolean => Math.abs(u - x) > halfOf(text) + reach || Math.abs(v - y) > (LINE * zoom) / 2 + reach;
    const isApart = (x: number, y: number, other: Name): boolean => Math.abs(other.at[0] - x) > halfOf(text) + halfOf(other.text) + 4 || Math.abs(other.at[1] - y) > LINE * zoom;
    const isFree = ([x, y]: Point): boolean => taken.every((mark) => isClear(x, y, mark)) && placed.every((other) => isApart(x, y, other));
    const free = STEPS.map((step): Point => [at[0], at[1] + step * LINE * zoom]).find(isFree);
    if (free !== undefined) placed.push({ text, at: free });
  }
  return placed;
}

function boxOf(rings: readonly Point[][]): CityConfig["bbox"] {
  const lons = rings.flatMap((ring) => ring.map(([lon]) => lon));
  const lats = rings.flatMap((ring) => ring.map(([, lat]) => lat));
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}
