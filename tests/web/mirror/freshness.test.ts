import { chipWords, isOld, ofLink, through, worst } from "../../../assets/web/src/mirror/freshness";
import { Numerals } from "../../../assets/web/src/numerals";

const same = (text: string): string => text;

test.each([
  [true, null, "waiting"],
  [true, 0, "live"],
  [true, 2.99, "live"],
  [true, 3, "late"],
  [true, 8.99, "late"],
  [true, 9, "offline"],
  [false, 0.2, "offline"],
] as const)("a socket that is open: %s, heard %s s ago, is %s", (isOpen, age, state) => {
  expect(ofLink(isOpen, age)).toBe(state);
});

test.each([
  ["live", "live", "live"],
  ["live", "stale", "stale"],
  ["late", "live", "late"],
  ["offline", "live", "offline"],
  ["offline", "error", "error"],
  ["waiting", "live", "live"],
] as const)("through a connection that is %s, what is %s is %s", (link, state, shown) => {
  expect(through(link, state)).toBe(shown);
});

test("the worst is told, and only what is stale or cut off is greyed", () => {
  expect(worst("live", "late", "waiting")).toBe("late");
  expect((["live", "late", "waiting", "stale", "offline", "error"] as const).filter(isOld)).toEqual(["stale", "offline"]);
});

test.each([
  ["live", 4, "LIVE"],
  ["late", 65, "TELAT 1 mnt"],
  ["stale", 240, "USANG 4 mnt"],
  ["offline", null, "TERPUTUS"],
  ["error", 10, "GALAT"],
  ["waiting", null, "MENUNGGU"],
] as const)("%s of age %s says %s, as the wall's chip does", (state, age, words) => {
  expect(chipWords(state, age, same, new Numerals("id"))).toBe(words);
});
