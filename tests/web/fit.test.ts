import outline from "../../assets/cities/tangerang/outline.geojson?raw";
import { ringMeetsBox, type Point } from "../../assets/web/src/map/boxes";
import { fitCity, View } from "../../assets/web/src/map/fit";
import type { Bbox } from "../../assets/web/src/map/contract";

const city = JSON.parse(outline) as GeoJSON.FeatureCollection;
const rings = city.features.map((f) => (f.geometry as GeoJSON.Polygon).coordinates[0] as unknown as Point[]);
const lons = rings.flat().map(([lon]) => lon);
const lats = rings.flat().map(([, lat]) => lat);
const bbox: Bbox = [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];

function room(width: number, height: number) {
  return { width, height, padding: { top: 122, right: 66, bottom: 26, left: 40 }, wishedLeft: 900 };
}

test("degrees and pixels convert both ways", () => {
  const view = new View(1_300_000, 1000, 700);
  const [lon, lat] = view.unproject(view.project(106.63, -6.17));
  expect(lon).toBeCloseTo(106.63, 9);
  expect(lat).toBeCloseTo(-6.17, 9);
});

test("in the panel of the picture the city fills the height and stands at the right", () => {
  const { view, size } = fitCity(bbox, rings, room(1856, 1292), [{ x: 32, y: 1090, width: 1234, height: 172 }, { x: 40, y: 24, width: 570, height: 110 }]);
  expect(size).toBe(1);
  expect(view.project(bbox[2], bbox[1])[0]).toBeCloseTo(1856 - 66, 0);
  expect(view.project(bbox[2], bbox[1])[1]).toBeCloseTo(1292 - 26, 0);
});

test.each([[1856, 1292], [1920, 1080], [3840, 2160], [960, 1800], [1200, 1200]])("at %i x %i the city is inside and meets no obstacle", (width, height) => {
  const legend = { x: 32, y: height - 200, width: Math.min(1234, width * 0.6), height: 172 };
  const { view, size } = fitCity(bbox, rings, room(width, height), [legend]);
  const shown = rings.map((ring) => ring.map(([lon, lat]) => view.project(lon, lat)));
  for (const [x, y] of shown.flat()) {
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x).toBeLessThanOrEqual(width);
    expect(y).toBeGreaterThanOrEqual(0);
    expect(y).toBeLessThanOrEqual(height);
  }
  expect(size).toBeGreaterThan(0.5);
  expect(shown.some((ring) => ringMeetsBox(ring, legend))).toBe(false);
});
