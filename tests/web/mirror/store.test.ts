import type { Frame, Subject } from "../../../assets/web/src/mirror/contract";
import { MOST_LINES, Store } from "../../../assets/web/src/mirror/store";
import { change, row, SERVER_AT, snapshot } from "./world";

let now = 0;
const made = (): Store => new Store(() => now);
const line = (seq: number): NonNullable<Frame["lines"]>[number] => [seq, SERVER_AT, { report: `r${seq}` } as never];

beforeEach(() => {
  now = 0;
});

test("a change puts and takes away; who shows another topic is not told", () => {
  const store = made();
  store.take(snapshot(4, { put: { report: { a: row(1, { id: "a" }), b: row(2, { id: "b" }) }, totals: { city: row(1, { received: 2 }) } } }));
  const told: string[] = [];
  store.subscribe(["report"], () => told.push("report"));
  store.subscribe(["totals", "ticker"], () => told.push("totals"));
  expect(store.take(change(4, 5, { put: { report: { c: row(3, { id: "c" }) } }, gone: { report: ["a"] } }))).toBe(true);
  expect(store.bodies("report").map(({ id }) => id)).toEqual(["b", "c"]);
  expect(told).toEqual(["report"]);
});

test("who shows several topics is told once a frame, and no more after they stopped", () => {
  const store = made();
  const told: (readonly Subject[])[] = [];
  const stop = store.subscribe(["report", "totals"], (changed) => told.push([...changed].sort()));
  store.take(snapshot(1, { put: { report: {}, totals: {} } }));
  expect(told).toHaveLength(1);
  stop();
  store.take(change(1, 2, { put: { report: { a: row(1, {}) } } }));
  expect(told).toHaveLength(1);
});

test("only the last part of a snapshot makes its revision stand, and nothing vanishes before its own part has come", () => {
  const store = made();
  store.take(snapshot(4, { put: { totals: { city: row(1, { received: 1 }) }, report: { old: row(1, { id: "old" }) }, hazard: { h: row(1, { id: "h" }) } } }));
  const parts: Partial<Frame>[] = [{ put: { totals: { city: row(2, { received: 2 }) } } }, { put: { report: { x: row(2, { id: "x" }) } } }, { put: { report: { y: row(3, { id: "y" }) } } }];
  const take = (part: number): boolean => store.take(snapshot(9, { ...parts[part - 1], part, of: 3 }));
  expect(take(1)).toBe(true);
  expect([store.rev, store.one("totals")?.body.received, store.bodies("report").map(({ id }) => id)]).toEqual([0, 2, ["old"]]);
  expect(take(2)).toBe(true);
  expect(take(3)).toBe(true);
  expect([store.rev, store.bodies("report").map(({ id }) => id), store.bodies("hazard")]).toEqual([9, ["x", "y"], []]);
});

test("a topic is fresh when all of it has come, and not before", () => {
  const store = made();
  store.take(snapshot(4, { put: { totals: { city: row(1, {}) }, report: { old: row(1, {}) }, hazard: { h: row(1, {}) } }, fresh: { totals: ["stale", 40], report: ["stale", 40] } }));
  const states = (): unknown[] => ["totals", "report", "hazard", "river"].map((topic) => store.fresh(topic).state);
  const fresh = { totals: ["live", 0], report: ["live", 0], hazard: ["live", null] } as NonNullable<Frame["fresh"]>;
  store.take(snapshot(9, { put: { totals: { city: row(2, {}) }, report: { x: row(2, {}) } }, fresh, part: 1, of: 3 }));
  expect(states()).toEqual(["live", "stale", "waiting", "waiting"]);
  store.take(snapshot(9, { put: { report: { y: row(2, {}) } }, part: 2, of: 3 }));
  expect([states()[1], [...store.all("report").keys()].sort()]).toEqual(["stale", ["old", "x", "y"]]);
  now = 2_000;
  store.take(snapshot(9, { put: {}, part: 3, of: 3 }));
  expect([states(), [...store.all("report").keys()], store.bodies("hazard")]).toEqual([["live", "live", "live", "waiting"], ["x", "y"], []]);
  expect(store.fresh("totals").age_s).toBe(2);
});

test.each([
  ["a part is missing", [1, 3]],
  ["the first is missing", [2]],
  ["one comes twice", [1, 2, 2]],
])("%s: refused, and the next change does not follow", (_, parts) => {
  const store = made();
  store.take(snapshot(4));
  const taken = parts.map((part) => store.take(snapshot(9, { part, of: 3 })));
  expect(taken.at(-1)).toBe(false);
  expect(store.take(change(4, 5))).toBe(false);
  expect(store.take(change(9, 10))).toBe(false);
  expect(store.take(snapshot(10))).toBe(true);
});

test("the parts of a change are taken together, and half of one leaves nothing", () => {
  const store = made();
  store.take(snapshot(4, { put: { report: { a: row(1, {}) } } }));
  const parts: Partial<Frame>[] = [{ put: { report: { b: row(2, {}) } } }, { put: { report: { c: row(3, {}) } }, gone: { report: ["a"] } }];
  const take = (part: number, to = 6): boolean => store.take(change(4, to, { ...parts[part - 1], part, of: 2 }));
  const held = (): unknown[] => [store.rev, [...store.all("report").keys()]];
  expect([take(1), held()]).toEqual([true, [4, ["a"]]]);
  expect([take(2, 7), held()]).toEqual([false, [4, ["a"]]]);
  expect([take(1), take(2), held()]).toEqual([true, true, [6, ["b", "c"]]]);
  expect(store.take(change(6, 7, { part: 2, of: 2 }))).toBe(false);
});

test("a change in the middle of a snapshot, of another revision or of another epoch is refused", () => {
  const store = made();
  store.take(snapshot(4));
  expect(store.take(change(3, 5))).toBe(false);
  expect(store.take(change(4, 5, { epoch: "other" }))).toBe(false);
  store.take(snapshot(6, { part: 1, of: 2 }));
  expect(store.take(change(4, 5))).toBe(false);
});

test("a curtain leaves nothing of the room", () => {
  const store = made();
  const wall = { name: "w", layout: "", title: "", revision: 1, slots: [], size: [1, 1] as [number, number], shown: "taken", is_curtained: true, age_s: 0 };
  store.take(snapshot(4, { put: { report: { a: row(1, { id: "a" }) } }, lines: [line(1)] }));
  store.take({ from: 0, to: 5, epoch: "e", at: SERVER_AT, wall, fresh: { report: ["live", 0] } });
  expect([store.bodies("report"), store.bodies("totals"), store.lines, store.wall?.is_curtained]).toEqual([[], [], [], true]);
});

test("the ticker keeps its newest lines, a snapshot begins it anew", () => {
  const store = made();
  store.take(snapshot(1, { lines: [line(1)] }));
  store.take(change(1, 2, { lines: Array.from({ length: MOST_LINES }, (_, at) => line(at + 2)) }));
  expect([store.lines.length, store.lines[0]!.seq, store.lines.at(-1)!.seq]).toEqual([MOST_LINES, 2, MOST_LINES + 1]);
  store.take(snapshot(3, { lines: [line(99)] }));
  expect(store.lines.map(({ seq }) => seq)).toEqual([99]);
});

test("freshness ages on the page; what was never told waits", () => {
  const store = made();
  store.take(snapshot(1, { fresh: { report: ["stale", 10], river: ["waiting", null] } }));
  now = 5_000;
  expect(store.fresh("report")).toEqual({ state: "stale", age_s: 15 });
  expect(store.fresh("river")).toEqual({ state: "waiting", age_s: null });
  expect(store.fresh("air")).toEqual({ state: "waiting", age_s: null });
});

test("simulated is what is said to be, and what carries a simulated value", () => {
  const store = made();
  store.take(snapshot(1, { simulated: ["procurement"], put: { finance: { city: row(1, {}, "simulated") }, totals: { city: row(1, {}) } } }));
  expect(["procurement", "finance", "totals"].map((topic) => store.isSimulated(topic))).toEqual([true, true, false]);
  const told: string[] = [];
  store.subscribe(["procurement"], () => told.push("procurement"));
  store.take(change(1, 2, { simulated: [] }));
  expect([store.isSimulated("procurement"), told]).toEqual([false, ["procurement"]]);
});

test("what was kept is shown again, of unknown age, and only a snapshot goes on from there", () => {
  const store = made();
  store.take(snapshot(4, { lines: [line(1)], fresh: { totals: ["live", 3] }, simulated: ["finance"] }));
  now = 2_000;
  const kept = structuredClone(store.keep(SERVER_AT));
  const other = made();
  other.restore(kept);
  expect([other.one("totals")?.body.received, other.lines.length, other.rev, other.fresh("totals"), other.isSimulated("finance")]).toEqual([64, 1, 0, { state: "live", age_s: null }, true]);
  expect(other.take(change(4, 5))).toBe(false);
  expect(other.take(snapshot(5))).toBe(true);
});

test("keys that look like parts of an object are only keys", () => {
  const store = made();
  const put = JSON.parse(`{"report": {"__proto__": ${JSON.stringify(row(1, { id: "p" }))}, "constructor": ${JSON.stringify(row(2, { id: "c" }))}}}`) as never;
  store.take(snapshot(1, { put }));
  expect(store.bodies("report").map(({ id }) => id)).toEqual(["p", "c"]);
});
