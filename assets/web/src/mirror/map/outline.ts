/** The city's land as SVG paths, and where a place stands in it: the first picture, before any map has come. Pure. */
import { fitCity, type View } from "../../map/fit";
import type { Point } from "../../map/boxes";
import type { CityConfig } from "../contract";

export interface Outline {
  view: View;
  land: { code: string; path: string }[];
}

function ringsOf(geometry: GeoJSON.Geometry | null): Point[][] {
  if (geometry?.type === "Polygon") return [geometry.coordinates[0] as unknown as Point[]];
  if (geometry?.type === "MultiPolygon") return geometry.coordinates.map((polygon) => polygon[0] as unknown as Point[]);
  return [];
}

/** Fits the districts into a card of this size beside what is written over its upper and its lower left corner: the same view as the map page takes. */
export function outlineOf(districts: GeoJSON.FeatureCollection, bbox: CityConfig["bbox"], width: number, height: number, clear: readonly [number, number], legend: readonly [number, number] = [0, 0]): Outline {
  const shapes = districts.features.map((feature) => ({ code: String(feature.properties?.["code"]), rings: ringsOf(feature.geometry) }));
  const rings = shapes.flatMap((shape) => shape.rings);
  const padding = { top: 12, right: 14, bottom: 14, left: 14 };
  const box = rings.length === 0 ? bbox : boxOf(rings);
  const { view } = fitCity(box, rings, { width, height, padding, wishedLeft: 0 }, [
    { x: 0, y: 0, width: clear[0], height: clear[1] },
    { x: 0, y: height - legend[1], width: legend[0], height: legend[1] },
  ]);
  const drawn = (ring: Point[]): string => `M${ring.map(([lon, lat]) => view.project(lon, lat).map((n) => n.toFixed(1)).join(" ")).join("L")}Z`;
  return { view, land: shapes.map(({ code, rings: some }) => ({ code, path: some.map(drawn).join("") })) };
}

function boxOf(rings: readonly Point[][]): CityConfig["bbox"] {
  const lons = rings.flatMap((ring) => ring.map(([lon]) => lon));
  const lats = rings.flatMap((ring) => ring.map(([, lat]) => lat));
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}
