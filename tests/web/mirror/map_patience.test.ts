/** When a map page that paints no more is given up. */
import { Patience } from "../../../assets/web/src/mirror/map/patience";

test("a map that is seen and owes a picture for ten seconds stands still", () => {
  const patience = new Patience();
  patience.see(true, 0);
  expect(patience.isOver(60_000)).toBe(false);
  patience.owe(60_000);
  expect(patience.isOver(69_999)).toBe(false);
  // What is owed since is owed since then, however often more comes.
  patience.owe(68_000);
  expect(patience.isOver(70_000)).toBe(true);
  patience.settle();
  expect(patience.isOver(90_000)).toBe(false);
});

test("a map nobody sees gets no frames and owes none until it is seen again", () => {
  const patience = new Patience();
  patience.see(true, 0);
  patience.owe(1_000);
  patience.see(false, 2_000);
  expect(patience.isOver(60_000)).toBe(false);
  patience.see(true, 60_000);
  patience.see(true, 65_000);
  expect([patience.isOver(69_999), patience.isOver(70_000)]).toEqual([false, true]);
});
