/** The head of the page, and what is said aloud: never newer than what is shown, and never silent when all has stopped. */
import { isNamed, worstOf } from "../../../assets/web/src/mirror/freshness";
import { busOf, headOf, type HeadFacts } from "../../../assets/web/src/mirror/head";
import { Turns } from "../../../assets/web/src/mirror/Spoken";
import { Store } from "../../../assets/web/src/mirror/store";
import { Numerals } from "../../../assets/web/src/numerals";
import { snapshot } from "./world";

const same = (text: string): string => text;
const NOW = Date.parse("2026-11-23T07:32:08Z");
const DAY = 86_400_000;

function shown(more: Partial<HeadFacts>): [state: string, words: string] {
  const head = headOf({ pulse: { state: "live", age_s: 3 }, bus: { state: "live", age_s: null }, keptAt: null, heardAt: NOW - 3000, now: NOW, ...more }, same, new Numerals("id", "Asia/Jakarta"));
  return [head.state, head.said + head.time];
}

test("a page that hears the room says how long ago, and when", () => {
  expect(shown({})).toEqual(["live", "3 dtk lalu · 14.32.05"]);
});

test("until anything has come whole nothing is said to be of now, however the server greets", () => {
  const waiting = { state: "waiting", age_s: null } as const;
  expect(shown({ pulse: waiting, bus: null, heardAt: null })).toEqual(["waiting", "menyambung"]);
  expect(shown({ pulse: waiting, bus: null, heardAt: null, now: null })).toEqual(["waiting", "menyambung"]);
});

test("a picture that was kept is cut off and has its own time, before the server's greeting and after it", () => {
  const facts = { pulse: { state: "offline", age_s: null }, bus: null, heardAt: null } as const;
  const keptAt = NOW - DAY;
  expect(shown({ ...facts, keptAt, now: keptAt })).toEqual(["offline", "TERPUTUS · 22 Nov 14.32.08"]);
  expect(shown({ ...facts, keptAt, now: NOW })).toEqual(["offline", "TERPUTUS · 22 Nov 14.32.08"]);
  expect(shown({ ...facts, keptAt: NOW - 60_000, now: NOW })).toEqual(["offline", "TERPUTUS · 14.31.08"]);
});

test("a connection that broke says so with its age; one that slept with the time alone", () => {
  expect(shown({ pulse: { state: "offline", age_s: 40 }, heardAt: NOW - 40_000 })).toEqual(["offline", "TERPUTUS 40 dtk · 14.31.28"]);
  expect(shown({ pulse: { state: "late", age_s: 4 }, heardAt: NOW - 4000 })).toEqual(["late", "TELAT 4 dtk · 14.32.04"]);
  expect(shown({ pulse: { state: "offline", age_s: null }, heardAt: NOW - DAY })).toEqual(["offline", "TERPUTUS · 22 Nov 14.32.08"]);
});

test("a service that is well over a bus that is not says how old the bus is", () => {
  expect(shown({ bus: { state: "offline", age_s: 3600 } })).toEqual(["offline", "Bus data TERPUTUS 1 j · 13.32.08"]);
  expect(shown({ bus: { state: "stale", age_s: null } })).toEqual(["stale", "Bus data USANG"]);
  // What is worse is said: of a broken connection nobody knows how the bus is now.
  expect(shown({ pulse: { state: "offline", age_s: 40 }, heardAt: NOW - 40_000, bus: { state: "late", age_s: null } })[1]).toBe("TERPUTUS 40 dtk · 14.31.28");
});

test("the bus is as old as every topic that came by it", () => {
  let now = 0;
  const store = new Store(() => now);
  expect(busOf(store)).toBeNull();
  store.take(snapshot(4, { bus: { freshness: "waiting" } }));
  expect(busOf(store)).toBeNull();
  store.take(snapshot(5, { bus: { freshness: "offline" }, fresh: { report: ["offline", 60] } }));
  now = 5_000;
  expect(busOf(store)).toEqual({ state: "offline", age_s: 65 });
  store.take(snapshot(6, { bus: { freshness: "live" }, fresh: { report: ["stale", 900] } }));
  expect(busOf(store)).toEqual({ state: "live", age_s: null });
});

test("that all has stopped is said aloud once, and once that it goes on", () => {
  const turns = new Turns();
  const states = ["waiting", "live", "late", "live", "offline", "offline", "late", "offline", "live", "live", "offline"] as const;
  expect(states.map((state) => turns.at(state))).toEqual([null, null, null, null, "lost", null, null, null, "back", null, "lost"]);
});

test("a card that is old says so itself, whatever made it old", () => {
  expect(isNamed("live", "live")).toBe(false);
  expect(isNamed("live", "late")).toBe(false);
  expect(isNamed("live", "offline")).toBe(true);
  expect(isNamed("waiting", "offline")).toBe(true);
  expect(isNamed("late", "late")).toBe(true);
  expect(isNamed("error", "error")).toBe(true);
});

test("what several sources fill is as fresh as the worst, with the greatest age of those", () => {
  const told = (state: "live" | "stale" | "waiting", age_s: number | null) => ({ state, age_s });
  expect(worstOf([told("live", 9000), told("stale", 240), told("stale", 60)])).toEqual({ state: "stale", age_s: 240 });
  expect(worstOf([told("live", 1), told("waiting", null)])).toEqual({ state: "waiting", age_s: null });
  expect(worstOf([told("live", 4)])).toEqual({ state: "live", age_s: 4 });
});
