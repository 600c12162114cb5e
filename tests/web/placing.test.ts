import { around, grown, overlap, type Box } from "../../assets/web/src/map/boxes";
import { inMargin, labelCentre, scaleBar, type Ground } from "../../assets/web/src/map/placing";
import { weightOf } from "../../assets/web/src/map/style";

const seam: Box = { x: 0, y: 494, width: 1000, height: 12 };
const ground: Ground = { width: 1000, height: 1000, seams: [seam], rings: [[[400, 100], [900, 100], [900, 900], [400, 900], [400, 100]]] };

test("a call-out finds the margin near its incident, off city, seam and what stands there", () => {
  const header: Box = { x: 40, y: 20, width: 300, height: 100 };
  const box = inMargin({ width: 300, height: 200 }, [500, 450], [header], ground, 40, 10)!;
  expect(box.x).toBe(40);
  expect(overlap(box, seam)).toBe(0);
  expect(overlap(box, header)).toBe(0);
  expect(box.y + box.height).toBeGreaterThan(400);
});

test("no room is said, not papered over", () => {
  expect(inMargin({ width: 600, height: 200 }, [500, 450], [], ground, 40, 10)).toBeNull();
});

test("a label stays on its place when that is free, moves off marks and seams else, and never onto hard boxes", () => {
  const wish = { anchor: [600, 300] as const, width: 120, height: 40, reach: 150, home: ground.rings[0]! };
  expect(labelCentre(wish, [], [], ground)).toEqual([600, 300]);
  const mark = around([600, 300], 50, 50);
  const moved = labelCentre(wish, [], [mark], ground)!;
  expect(overlap(around(moved, 120, 40), mark)).toBe(0);
  const onSeam = labelCentre({ ...wish, anchor: [600, 500] }, [], [], ground)!;
  expect(overlap(around(onSeam, 120, 40), seam)).toBe(0);
  expect(labelCentre(wish, [grown(mark, 400)], [], ground)).toBeNull();
});

test("the scale bar is a round distance that fits", () => {
  expect(scaleBar(15.6, 190).metres).toBe(2000);
  for (const metres of [0.3, 4, 19, 77, 800]) {
    const bar = scaleBar(metres, 190);
    expect(bar.length).toBeLessThanOrEqual(190);
    expect(bar.length).toBeGreaterThan(70);
  }
});

test("shades of the choropleth rise in steps", () => {
  expect([0, 1, 2, 3, 6, 12, 500].map(weightOf)).toEqual([0, 0.25, 0.25, 0.5, 0.75, 1, 1]);
});
