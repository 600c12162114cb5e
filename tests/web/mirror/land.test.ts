/** The drawing of the city: its river, where names stand, and what is kept of the land for a page without a network. */
import { beforeEach, expect, it, vi } from "vitest";
import { outlineOf, placedNames } from "../../../assets/web/src/mirror/map/outline";
import { clocksShown } from "../../../assets/web/src/mirror/sheets/ReportSheet";

const shelf = new Map<string, unknown>();
vi.mock("../../../assets/web/src/mirror/storage", () => ({ keep: async (name: string, value: unknown) => void shelf.set(name, value), kept: async (name: string) => shelf.get(name) }));
const { keepLayers, keptLayers } = await import("../../../assets/web/src/mirror/map/land");

const LAYERS = [{ role: "districts", file: "districts.geojson" }];
const land = (coordinates: number[][][]): GeoJSON.FeatureCollection => ({ type: "FeatureCollection", features: [{ type: "Feature", properties: { code: "a" }, geometry: { type: "Polygon", coordinates } }] });
const SQUARE = land([[[106.5, -6.3], [106.7, -6.3], [106.7, -6.1], [106.5, -6.1], [106.5, -6.3]]]);

beforeEach(() => shelf.clear());

it("land that was kept is that of this city's files, and of no other's", async () => {
  expect(await keptLayers(LAYERS)).toBeNull();
  await keepLayers(LAYERS, new Map([["districts", SQUARE]]));
  expect([...(await keptLayers(LAYERS))!]).toEqual([["districts", SQUARE]]);
  expect(await keptLayers([{ role: "districts", file: "other.geojson" }])).toBeNull();
});

it("the river is drawn in the view of the land, and a city without one has none", () => {
  const river: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [{ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: [[106.6, -6.3], [106.6, -6.1]] } }] };
  const drawn = outlineOf(SQUARE, [106.5, -6.3, 106.7, -6.1], 300, 200, [0, 0], [0, 0], river);
  const [x] = drawn.view.project(106.6, -6.3);
  expect(drawn.water.startsWith(`M${x.toFixed(1)} `)).toBe(true);
  expect(outlineOf(SQUARE, [106.5, -6.3, 106.7, -6.1], 300, 200, [0, 0]).water).toBe("");
});

it("a name steps aside of a mark and of another name, and is left out where there is no room", () => {
  const name = { text: "Karawaci", at: [100, 100] as const };
  expect(placedNames([name], [])).toEqual([name]);
  expect(placedNames([name], [[100, 100, 8]])[0]!.at[1]).not.toBe(100);
  const [one, other] = placedNames([name, { text: "Tangerang", at: [120, 100] }], []);
  expect(Math.abs(one!.at[1] - other!.at[1])).toBeGreaterThan(14);
  expect(placedNames([name], [60, 75, 90, 105, 120, 135].map((y) => [100, y, 8] as const))).toEqual([]);
  // A hexagon reaches further than a mark, and larger type needs more room.
  expect(placedNames([name], [[100, 82, 8]])).not.toEqual(placedNames([name], [[100, 82, 21]]));
  expect(placedNames([name], [[143, 100, 8]])).toEqual([name]);
  expect(placedNames([name], [[143, 100, 8]], 2)).not.toEqual([name]);
});

it("a report that is closed has no clock that still runs", () => {
  const clock = (due: string, met_at: string | null): never => ({ due, due_at: "2026-11-27T03:00:00Z", met_at, standing: null }) as never;
  const clocks = [clock("response", "2026-11-27T02:00:00Z"), clock("acceptance", null)];
  expect(clocksShown(clocks, "working").length).toBe(2);
  expect(clocksShown(clocks, "declined").map(({ due }) => due)).toEqual(["response"]);
});
