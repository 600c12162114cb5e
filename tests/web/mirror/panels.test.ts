/** Where the wall's panels stand on a window, and what they tell without drawing: gaps of curves, warnings, news, sources. */
import { describe, expect, it } from "vitest";
import type { Application, Hazard, Notice, Source, Wall, WallSlot } from "../../../assets/web/src/mirror/contract";
import { arrangementOf, columnsOf, flowing, silenceOf, unitOf } from "../../../assets/web/src/mirror/panels/arrange";
import { isToldOfCity } from "../../../assets/web/src/mirror/panels/figures";
import { elapsedOf, freeOf, gapsOf, weekOf } from "../../../assets/web/src/mirror/panels/gaps";
import { foldedHazards, isSaidIn } from "../../../assets/web/src/mirror/panels/hazards";
import { needsSomebody, noticesInTurn, standingOf } from "../../../assets/web/src/mirror/panels/services";

const same = (text: string): string => text;
const NOW = Date.parse("2026-11-23T07:32:08Z");

function slot(panel: string, number = 0): WallSlot {
  return { slot: number, panel, rect: [0, 0, 100, 100], options: {} };
}

function wall(size: [number, number], slots: WallSlot[]): Wall {
  return { name: "w", layout: "harian", title: "Harian", revision: 1, slots, size, shown: "taken", is_curtained: false, age_s: 0 };
}

describe("where panels stand", () => {
  const daily = wall([3840, 2160], [slot("header"), slot("map", 1), slot("totals", 2)]);

  it("is the wall's own geometry where its smallest type can be read", () => {
    expect(arrangementOf(daily, 1412, 810)).toMatchObject({ mode: "wall", width: 1412 });
    expect(arrangementOf(daily, 1892, 1000).mode).toBe("wall");
    expect(arrangementOf(daily, 792, 1090)).toEqual({ mode: "flow", columns: 2 });
    expect(arrangementOf(daily, 1200, 760)).toEqual({ mode: "flow", columns: 3 });
  });

  it("gives up the wall's geometry for a reader who wants larger type", () => {
    expect(arrangementOf(daily, 1412, 810, 1.25).mode).toBe("flow");
  });

  it("takes a small wall, which is read from nearby, for larger than its pixels", () => {
    expect(unitOf([1920, 1080])).toBe(0.5);
    expect(unitOf([5760, 1080])).toBe(1);
    const { mode } = arrangementOf(wall([1920, 1080], [slot("map")]), 1412, 794);
    expect(mode).toBe("wall");
  });

  it("flows where no wall tells its layout, and keeps from the head of an agency what is the city's", () => {
    expect(arrangementOf(wall([0, 0], []), 1412, 810).mode).toBe("flow");
    expect(flowing(null, "city")[0]!.panel).toBe("totals");
    expect(flowing(null, "agency:dlh").map(({ panel }) => panel)).not.toContain("totals");
    expect(flowing(daily, "city").map(({ panel }) => panel)).toEqual(["totals", "map"]);
  });

  it("loses no panel in its columns, and lays the map over two", () => {
    const slots = flowing(null, "city");
    const { above, columns } = columnsOf(slots, 2);
    expect(above.map(({ panel }) => panel)).toEqual(["totals", "map"]);
    expect([...above, ...columns.flat()].length).toBe(slots.length);
    expect(Math.abs(columns[0]!.length - columns[1]!.length)).toBeLessThan(4);
    expect(columnsOf(slots, 3).above.map(({ panel }) => panel)).toEqual(["totals"]);
    expect(columnsOf([slot("unknown")], 1).columns[0]!.length).toBe(1);
  });
});

describe("gaps of a curve", () => {
  it("are runs without data among the steps that have passed", () => {
    expect(gapsOf([1, 2, null, null, 5, null], 5)).toEqual([{ before: 1, after: 4, value: 2 }]);
    expect(gapsOf([null, null, 3], 3)).toEqual([{ before: 0, after: 2, value: null }]);
    expect(gapsOf([1, 2], 5)).toEqual([{ before: 1, after: 4, value: 2 }]);
    expect(gapsOf([1, 2, null], 2)).toEqual([]);
    expect(gapsOf([], 4)).toEqual([]);
  });

  it("end with the step of the as-of day", () => {
    const finance = { year: 2026, planned: { values: [] }, actual: { step: "month", values: [] } };
    expect(elapsedOf({ ...finance, as_of: "2026-11-22" })).toBe(11);
    expect(elapsedOf({ ...finance, as_of: "2026-11-22", actual: { step: "week", values: [] } })).toBe(47);
    expect(elapsedOf({ ...finance, as_of: "2027-01-05", actual: { step: "month", values: [1, 2, 3] } })).toBe(3);
    expect([weekOf("2026-01-01"), weekOf("2027-01-03"), weekOf("2026-12-31")]).toEqual([1, 53, 53]);
  });
});

function hazard(id: string, more: Partial<Hazard> = {}): Hazard {
  return {
    id, kind: "weather", severity: "moderate", headline: id, issued_at: "2026-11-23T07:00:00Z", attribution: "BMKG", onset_at: null, expires_at: null, area: null, districts: [],
    polygons: [], position: null, magnitude: null, depth_km: null, distance_km: null, is_drill: false, ...more,
  };
}

describe("warnings", () => {
  it("that hold stand by gravity, drills last, and many flooded points are one row", () => {
    const point = (n: number): Hazard => hazard(`p${n}`, { kind: "flood", severity: n === 3 ? "severe" : "minor", position: { lon: 106, lat: -6 }, attribution: "BPBD", districts: [`d${n}`] });
    const all = [hazard("drill", { severity: "extreme", is_drill: true }), hazard("over", { expires_at: "2026-11-23T07:32:08Z" }), hazard("rain"), ...[1, 2, 3, 4].map(point)];
    const shown = foldedHazards(all, NOW, same);
    expect(shown.map(({ id }) => id)).toEqual(["BPBD 4", "rain", "drill"]);
    expect(shown[0]!.headline).toBe("4 titik banjir · p3");
    expect(shown[0]!.districts).toEqual(["d3", "d1", "d2", "d4"]);
    expect(foldedHazards([1, 2, 3].map(point), NOW, same).length).toBe(3);
  });

  it("do not say twice what their headline says", () => {
    expect(isSaidIn("Hujan sampai 09:05", "09.05")).toBe(true);
    expect(isSaidIn("Hujan sampai 9.05", "09.05")).toBe(true);
    expect(isSaidIn("Hujan sampai 19.05", "09.05")).toBe(false);
    expect(isSaidIn("M4.9 di laut", "4,9")).toBe(true);
  });
});

it("news takes turns: a feed of many leaves room for one of two", () => {
  const notice = (id: string, attribution: string, at: string): Notice => ({ id, text: id, attribution, at, expires_at: null });
  const some = [notice("a1", "A", "2026-11-23T07:00:00Z"), notice("a2", "A", "2026-11-23T06:00:00Z"), notice("a3", "A", "2026-11-23T05:00:00Z"), notice("b1", "B", "2026-11-22T05:00:00Z")];
  expect(noticesInTurn(some).map(({ id }) => id)).toEqual(["a1", "b1", "a2", "a3"]);
});

it("a source is late after two intervals and old after three times that", () => {
  const source = (more: Partial<Source>): Source => ({ title: "x", topics: [], state: "ok", interval_s: 60, checked_at: "2026-11-23T07:32:08Z", ...more });
  const ago = (seconds: number): string => new Date(NOW - 1000 * seconds).toISOString();
  const standing = (more: Partial<Source>): string => standingOf(source(more), NOW);
  expect([standing({}), standing({ checked_at: ago(121) }), standing({ checked_at: ago(361) })]).toEqual(["well", "late", "old"]);
  expect([standing({ checked_at: null }), standing({ state: "down" })]).toEqual(["waiting", "down"]);
});

it("an application that stands but is about to lose its certificate needs somebody", () => {
  const app = { state: "up", certificate_days: 13 } as Application;
  expect([needsSomebody(app), needsSomebody({ ...app, certificate_days: 14 }), needsSomebody({ ...app, state: "maintenance" }), needsSomebody({ ...app, state: "stale" })]).toEqual([true, false, false, true]);
});

describe("words in a curve", () => {
  const box = (left: number, top: number) => ({ left, top, right: left + 20, bottom: top + 10 });

  it("stand in the first place that no line passes through", () => {
    const rising = [[0, 100], [100, 0]] as const;
    expect(freeOf([box(40, 45), box(70, 80), box(0, 0)], [rising])).toEqual(box(70, 80));
    expect(freeOf([box(40, 45)], [rising])).toBeNull();
  });

  it("are met by a line that passes between two of its points, and not by the hole in it", () => {
    expect(freeOf([box(40, 45)], [[[0, 50], [100, 50]]])).toBeNull();
    expect(freeOf([box(40, 45)], [[[0, 50], null, [100, 50]]])).toEqual(box(40, 45));
    expect(freeOf([box(40, 45)], [[[50, 0], [50, 100]]])).toBeNull();
  });
});

describe("figures", () => {
  it("show the city's value unless they are told of one agency alone", () => {
    const none = { planned: { values: [] }, actual: { values: [] } };
    expect(isToldOfCity(none, null)).toBe(false);
    expect(isToldOfCity(none, 0)).toBe(true);
    expect(isToldOfCity({ ...none, planned: { values: [1] } }, null)).toBe(true);
  });
});

it("a wall that has fallen silent is told with its age, one that is well never", () => {
  const said = (age_s: number | null): Wall => ({ ...wall([3840, 2160], []), age_s });
  const well = said(1);
  expect([silenceOf(well, 0), silenceOf(well, 3_600_000)]).toEqual([null, null]);
  const late = said(6);
  expect([silenceOf(late, 1_000), silenceOf(late, 9_000), silenceOf(late, 35_000)]).toEqual([null, null, 40]);
  expect(silenceOf(said(40), 50_000)).toBe(40);
  expect(silenceOf(said(null), 50_000)).toBeNull();
});
