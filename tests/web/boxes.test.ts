import { contains, overlap, ringMeetsBox, seamShift, type Point } from "../../assets/web/src/map/boxes";

const seam = { x: 0, y: 950, width: 1856, height: 12 };
const square: Point[] = [[0, 0], [100, 0], [100, 100], [0, 100], [0, 0]];

test("a box on a seam moves off it by the shorter way, across the seam only", () => {
  expect(seamShift({ x: 10, y: 930, width: 40, height: 24 }, [seam])).toEqual([0, -4]);
  expect(seamShift({ x: 10, y: 955, width: 40, height: 40 }, [seam])).toEqual([0, 7]);
  expect(seamShift({ x: 10, y: 100, width: 40, height: 40 }, [seam])).toEqual([0, 0]);
});

test("an upright seam moves boxes sideways", () => {
  const [dx, dy] = seamShift({ x: 990, y: 10, width: 40, height: 40 }, [{ x: 1000, y: 0, width: 12, height: 500 }]);
  expect([dx, dy]).toEqual([22, 0]);
});

test("what was moved no longer meets any seam", () => {
  for (let y = 900; y < 1000; y += 3) {
    const box = { x: 0, y, width: 30, height: 48 };
    const [dx, dy] = seamShift(box, [seam]);
    expect(overlap({ ...box, x: box.x + dx, y: box.y + dy }, seam)).toBe(0);
  }
});

test("a ring meets a box that lies in it, round it, or across its edge, and no other", () => {
  expect(contains(square, [50, 50])).toBe(true);
  expect(contains(square, [150, 50])).toBe(false);
  expect(ringMeetsBox(square, { x: 40, y: 40, width: 5, height: 5 })).toBe(true);
  expect(ringMeetsBox(square, { x: -50, y: -50, width: 500, height: 500 })).toBe(true);
  expect(ringMeetsBox(square, { x: 90, y: 40, width: 50, height: 5 })).toBe(true);
  expect(ringMeetsBox(square, { x: 101, y: 40, width: 50, height: 5 })).toBe(false);
});
