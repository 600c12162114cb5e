import { isPinned, marksOf } from "../../assets/web/src/map/clusters";
import { STATES, type ReportRow, type State } from "../../assets/web/src/map/contract";
import { View } from "../../assets/web/src/map/fit";
import { runs } from "../../assets/web/src/map/shapes";

const view = new View(1_300_000, 1_030_000, 660_000);

function row(id: string, state: State, lon: number | null = 106.63, lat: number | null = -6.17, incident: string | null = null, outside: 0 | 1 = 0): ReportRow {
  return [id, state, lon, lat, "36.71.01", incident, outside];
}

test("every report with a pin is drawn once, alone or in a cluster", () => {
  const pinned = STATES.filter((state) => state !== "duplicate" && state !== "invalid");
  const rows = Array.from({ length: 500 }, (_, i) => row(`r${i}`, pinned[i % pinned.length]!, 106.56 + ((i * 37) % 100) / 600, -6.24 + ((i * 61) % 100) / 700));
  const marks = marksOf(rows, view, 1);
  expect(marks.reduce((sum, mark) => sum + mark.count, 0)).toBe(500);
  expect(marks.length).toBeLessThan(500);
  const split = marks.map((mark) => mark.split).reduce((a, b) => ({ new: a.new + b.new, forwarded: a.forwarded + b.forwarded, working: a.working + b.working, done: a.done + b.done, declined: a.declined + b.declined }));
  const of = (...states: State[]) => rows.filter(([, state]) => states.includes(state)).length;
  expect(split).toEqual({ new: of("new", "reopened"), forwarded: of("forwarded"), working: of("working"), done: of("done"), declined: of("declined") });
});

test("two close reports stay two marks, three become one cluster, and what is open lies on top", () => {
  expect(marksOf([row("a", "new"), row("b", "done")], view, 1).map((mark) => mark.state)).toEqual(["done", "new"]);
  const [cluster, ...rest] = marksOf([row("a", "new"), row("b", "done"), row("c", "working")], view, 1);
  expect(rest).toEqual([]);
  expect(cluster).toMatchObject({ state: "cluster", count: 3 });
});

test("no pin: duplicates, pranks, no place, outside the city, and what an incident stands for", () => {
  const incidents = new Set(["I1"]);
  expect(isPinned(row("a", "duplicate"), incidents)).toBe(false);
  expect(isPinned(row("a", "invalid"), incidents)).toBe(false);
  expect(isPinned(row("a", "new", null, null), incidents)).toBe(false);
  expect(isPinned(row("a", "new", 106.6, -6.1, null, 1), incidents)).toBe(false);
  expect(isPinned(row("a", "new", 106.6, -6.1, "I1"), incidents)).toBe(false);
  expect(isPinned(row("a", "new", 106.6, -6.1, "ended"), incidents)).toBe(true);
});

test("pins and the counts of hexagons make the legend's sum, whatever state a report is in and whether an incident holds it", () => {
  // What an incident counts: feeds.reports.incidents.
  const counted = new Set<State>(["new", "reopened", "forwarded", "working", "done"]);
  const rows = STATES.flatMap((state) => [row(`${state} alone`, state), row(`${state} within`, state, 106.6, -6.1, "I1"), row(`${state} of an ended one`, state, 106.6, -6.1, "ended")]);
  const pins = rows.filter((one) => isPinned(one, new Set(["I1"]))).length;
  const within = rows.filter(([, state, , , , incident]) => incident === "I1" && counted.has(state)).length;
  const pinless = rows.filter(([, state]) => state === "duplicate" || state === "invalid").length;
  expect(pins + within + pinless).toBe(rows.length);
});

test("a cluster lies beneath open reports that stand alone, but above those less urgent than what it holds", () => {
  const cloud = (name: string, lon: number, ...states: State[]): ReportRow[] => states.map((state, i) => row(`${name}${i}`, state, lon, -6.17));
  const order = (rows: ReportRow[]): string[] => marksOf(rows, view, 1).map(({ state, split }) => (state === "cluster" ? `cluster with ${split.new} new` : state));
  const alone = [row("x", "new", 106.7), row("y", "working", 106.75), row("z", "done", 106.8)];
  expect(order([...alone, ...cloud("q", 106.6, "done", "done", "declined")])).toEqual(["done", "cluster with 0 new", "working", "new"]);
  expect(order([...alone, ...cloud("q", 106.6, "done", "done", "new")])).toEqual(["done", "working", "cluster with 1 new", "new"]);
});

test("a rim joins parts of one colour and leaves out empty ones", () => {
  expect(runs({ new: 3, forwarded: 2, working: 7, done: 0, declined: 0 })).toEqual([["red", 5], ["yellow", 7]]);
  expect(runs({ new: 0, forwarded: 0, working: 0, done: 2, declined: 1 })).toEqual([["green", 3]]);
});
