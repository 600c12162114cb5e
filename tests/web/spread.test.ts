import { around, overlap, seamShift, type Box, type Point } from "../../assets/web/src/map/boxes";
import { marksOf, type Mark } from "../../assets/web/src/map/clusters";
import type { ReportRow, State } from "../../assets/web/src/map/contract";
import { mercatorX, mercatorY, View } from "../../assets/web/src/map/fit";
import type { Ground } from "../../assets/web/src/map/placing";
import { extent } from "../../assets/web/src/map/shapes";
import { bodyOf, distance, spread, standApart, type Disc } from "../../assets/web/src/map/spread";

const [WIDTH, HEIGHT] = [1920, 1224];
const seam: Box = { x: 0, y: 816, width: WIDTH, height: 12 };
const ground: Ground = { width: WIDTH, height: HEIGHT, seams: [seam], rings: [] };
const legend: Box = { x: 32, y: 1000, width: 900, height: 180 };
const PINNED: State[] = ["new", "reopened", "forwarded", "working", "done", "declined"];
const SCALE = 1_700_000;
const view = new View(SCALE, mercatorX(106.55) * SCALE - 650, mercatorY(-6.09) * SCALE - 130);
/** As in incidents.ts. */
const HEXAGON = 88;

function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** Reports strewn over a city of about 1,100 x 1,050 pixels, a third of them in three thick clouds. */
function city(count: number, seed: number): { rows: ReportRow[]; clouds: Point[] } {
  const next = dice(seed);
  const clouds = [0, 1, 2].map((): Point => [700 + next() * 900, 250 + next() * 750]);
  const rows = Array.from({ length: count }, (_, i): ReportRow => {
    const cloud = clouds[i % 9];
    const at: Point = cloud === undefined ? [650 + next() * 1100, 130 + next() * 1050] : [cloud[0] + next() * 90, cloud[1] + next() * 90];
    const [lon, lat] = view.unproject(at);
    return [`r${i}`, PINNED[Math.floor(next() * PINNED.length)]!, lon, lat, null, null, 0];
  });
  return { rows, clouds };
}

function hexagonsAt(places: readonly Point[]): Disc[] {
  return standApart(places, HEXAGON, [legend], ground).map((at) => ({ at, radius: HEXAGON }));
}

const cases = [1, 2, 3, 4].flatMap((seed) => [30, 80, 81, 160, 400, 2000].map((count) => [count, seed] as const));

test.each(cases)("of %i reports (city %i) no mark lies under a hexagon or another mark, and all are on the map", (count, seed) => {
  const { rows, clouds } = city(count, seed);
  const hexagons = hexagonsAt(clouds);
  const marks = spread(marksOf(rows, view, 1), hexagons, [legend], 1, ground);
  expect(marks.flatMap(({ holds }) => holds).sort()).toEqual(rows.map(([id]) => id).sort());
  const bodies = marks.map((mark) => bodyOf(mark, 1));
  for (const [i, { at, radius }] of bodies.entries()) {
    for (const hexagon of hexagons) expect(distance(at, hexagon.at)).toBeGreaterThan(HEXAGON + radius - 0.01);
    for (const other of bodies.slice(i + 1)) expect(distance(at, other.at)).toBeGreaterThan(radius + other.radius - 0.01);
    expect(Math.hypot(...seamShift(around(at, 2 * radius, 2 * radius), [seam]))).toBeLessThan(1e-6);
  }
  const boxes = marks.map(({ at, state }) => around(at, 0.9 * extent(state), 0.9 * extent(state)));
  const shares = boxes.flatMap((a, i) => boxes.slice(i + 1).map((b) => overlap(a, b) / Math.min(a.width * a.height, b.width * b.height)));
  // Corners of the squares alone: the marks in them are round or pointed.
  expect(Math.max(...shares)).toBeLessThan(0.22);
});

test.each([2, 5, 12, 30])("%i hexagons wished for one place stand apart, whole, off the seam", (count) => {
  const stand = hexagonsAt(Array.from({ length: count }, (_, i): Point => [900 + (i % 3), 780]));
  for (const [i, { at }] of stand.entries()) {
    for (const other of stand.slice(i + 1)) expect(distance(at, other.at)).toBeGreaterThan(2 * HEXAGON - 0.01);
    expect(Math.hypot(...seamShift(around(at, 2 * HEXAGON, 2 * HEXAGON), [seam]))).toBeLessThan(1e-6);
    expect(around(at, 2 * HEXAGON, 2 * HEXAGON)).toMatchObject({ x: expect.toSatisfy((x: number) => x >= 0 && x <= WIDTH - 2 * HEXAGON) });
  }
});

test("who stands free keeps its place, and what is open keeps it before a cluster and what is done", () => {
  const mark = (id: string, state: Mark["state"], at: Point): Mark => ({ id, state, at, home: at, holds: [id], split: { new: 0, forwarded: 0, working: 0, done: 0, declined: 0 }, count: 1 });
  const [done, cluster, fresh, far] = spread([mark("a", "done", [500, 500]), mark("b", "cluster", [510, 500]), mark("c", "new", [505, 500]), mark("d", "done", [900, 300])], [], [], 1, ground);
  expect(fresh!.at).toEqual([505, 500]);
  expect(far!.at).toEqual([900, 300]);
  expect(distance(cluster!.at, fresh!.at)).toBeLessThan(90);
  expect(distance(done!.at, fresh!.at)).toBeGreaterThan(distance(cluster!.at, fresh!.at) / 2);
});
