import { around, grown, overlap, type Box } from "../../assets/web/src/map/boxes";
import { aside, freeBox, labelCentre, runsFree, scaleBar, tieOf, type Ground } from "../../assets/web/src/map/placing";
import { weightsOf } from "../../assets/web/src/map/style";

const seam: Box = { x: 0, y: 494, width: 1000, height: 12 };
const ground: Ground = { width: 1000, height: 1000, seams: [seam], rings: [[[400, 100], [900, 100], [900, 900], [400, 900], [400, 100]]] };

test("a call-out stands in the free space nearest to its incident, off city, seam and what stands there", () => {
  const header: Box = { x: 40, y: 20, width: 300, height: 100 };
  const incident = [500, 450] as const;
  const box = freeBox({ width: 300, height: 200 }, [header], ground, 40, 10, (place) => tieOf(place, incident, 74).length)!;
  expect(box.x + box.width).toBeLessThan(400);
  expect(box.x + box.width).toBeGreaterThan(380);
  expect(overlap(box, seam)).toBe(0);
  expect(overlap(box, header)).toBe(0);
});

test("no room is said, not papered over, and a cost of null forbids a place", () => {
  expect(freeBox({ width: 600, height: 200 }, [], ground, 40, 10, () => 0)).toBeNull();
  expect(freeBox({ width: 100, height: 100 }, [], ground, 40, 10, () => null)).toBeNull();
});

test.each([[700, 500], [200, 500], [500, 100], [500, 900], [640, 300]])("a line runs from the call-out's edge to the rim of a mark at %i, %i", (x, y) => {
  const box: Box = { x: 400, y: 400, width: 200, height: 200 };
  const tie = tieOf(box, [x, y], 50);
  const [from, to] = [tie.points.at(-2)!, tie.points.at(-1)!];
  expect(Math.hypot(to[0] - x, to[1] - y)).toBeCloseTo(50);
  expect(Math.hypot(to[0] - from[0], to[1] - from[1])).toBeCloseTo(tie.length);
  expect(from[0]).toBeGreaterThanOrEqual(400);
  expect(from[0]).toBeLessThanOrEqual(600);
  expect([400, 600]).toContain(from[1]);
  expect(runsFree(tie, 1000, [])).toBe(true);
  expect(runsFree(tie, tie.length - 1, [])).toBe(false);
  expect(runsFree(tie, 1000, [around([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2], 10, 10)])).toBe(false);
});

test("a camera keeps its place when that is free, and stands beside a report or a seam else", () => {
  expect(aside([600, 300], 60, 50, [], 96, ground)).toEqual([600, 300]);
  const report = around([610, 300], 60, 60);
  const at = aside([600, 300], 60, 50, [report], 96, ground);
  expect(overlap(around(at, 60, 50), report)).toBe(0);
  expect(Math.hypot(at[0] - 600, at[1] - 300)).toBeLessThanOrEqual(96.001);
  expect(overlap(around(aside([600, 500], 60, 50, [], 96, ground), 60, 50), seam)).toBe(0);
});

test("a label stays on its place when that is free, moves off marks and seams else, and never onto hard boxes", () => {
  const wish = { anchor: [600, 300] as const, width: 120, height: 40, reach: 150, home: ground.rings[0]!, most: 0.2 };
  expect(labelCentre(wish, [], [], ground)).toEqual([600, 300]);
  const mark = around([600, 300], 50, 50);
  const moved = labelCentre(wish, [], [mark], ground)!;
  expect(overlap(around(moved, 120, 40), mark)).toBe(0);
  const onSeam = labelCentre({ ...wish, anchor: [600, 500] }, [], [], ground)!;
  expect(overlap(around(onSeam, 120, 40), seam)).toBe(0);
  expect(labelCentre(wish, [grown(mark, 400)], [], ground)).toBeNull();
  expect(labelCentre(wish, [], [grown(mark, 400)], ground)).toBeNull();
});

test("the scale bar is a round distance that fits", () => {
  expect(scaleBar(15.6, 190).metres).toBe(2000);
  for (const metres of [0.3, 4, 19, 77, 800]) {
    const bar = scaleBar(metres, 190);
    expect(bar.length).toBeLessThanOrEqual(190);
    expect(bar.length).toBeGreaterThan(70);
  }
});

test("shades of the choropleth tell districts apart at every size of the city", () => {
  const shades = (...counts: number[]): (number | undefined)[] => {
    const weights = weightsOf(new Map(counts.map((count, i) => [String(i), count])));
    return counts.map((_, i) => weights.get(String(i)));
  };
  expect(shades(1)).toEqual([0.25]);
  expect(shades(1, 2, 3, 4)).toEqual([0.25, 0.5, 0.75, 1]);
  expect(shades(40, 120, 260, 390)).toEqual([0.25, 0.5, 0.75, 1]);
  // One more report at the top moves nobody.
  expect(shades(40, 120, 260, 391)).toEqual(shades(40, 120, 260, 390));
});
