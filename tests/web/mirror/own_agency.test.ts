/** What the head of an agency is shown where the city's viewers see the city's counts, lines and figures. */
import { describe, expect, it } from "vitest";
import { toldIndicators } from "../../../assets/web/src/mirror/cards/Indicators";
import { incomingRows } from "../../../assets/web/src/mirror/cards/Ticker";
import type { Report } from "../../../assets/web/src/mirror/contract";
import { countsFor } from "../../../assets/web/src/mirror/map/rows";
import { columnsOf, flowing } from "../../../assets/web/src/mirror/panels/arrange";

const AGENCY = "agency:dlh";
const at = { lon: 106.6, lat: -6.2 };
const report = (id: string, state: string, more: Partial<Report> = {}): Report => ({ id, state, position: at, is_outside: false, received_at: "2026-11-27T01:00:00Z", ...more }) as Report;
const REPORTS = [
  report("a", "new"),
  report("b", "done", { received_at: "2026-11-27T03:00:00Z" }),
  report("c", "working", { position: null }),
  report("d", "duplicate", { position: null }),
  report("e", "done", { is_outside: true, received_at: "2026-11-27T02:00:00Z" }),
];

function storeOf(bodies: Record<string, unknown>): never {
  return { lines: [], all: () => new Map(), bodies: (topic: string) => (topic === "report" ? REPORTS : []), one: (topic: string) => (bodies[topic] === undefined ? null : { body: bodies[topic] }) } as never;
}

describe("the map's legend", () => {
  it("counts the agency's own reports where no totals are told", () => {
    expect(countsFor(AGENCY, storeOf({}))).toMatchObject({ received: 5, new: 1, working: 1, done: 2, duplicate: 1, without_position: 1, outside: 1 });
  });

  it("is the room's count for whoever sees the city", () => {
    const totals = { received: 64 };
    expect(countsFor("city", storeOf({ totals }))).toBe(totals);
    expect(countsFor("city", storeOf({}))).toBeNull();
  });
});

it("incoming reports are the agency's own, the last that came first", () => {
  expect(incomingRows(AGENCY, storeOf({}), 3).map(({ report: id, at: came }) => [id, came])).toEqual([
    ["b", "2026-11-27T03:00:00Z"],
    ["e", "2026-11-27T02:00:00Z"],
    ["a", "2026-11-27T01:00:00Z"],
  ]);
  expect(incomingRows("city", storeOf({}), 3)).toEqual([]);
  expect(flowing(null, AGENCY).map(({ panel }) => panel)).toContain("ticker");
});

it("an indicator that holds nothing of the agency is not shown, and all three are shown to the city", () => {
  const bodies = { finance: { agencies: [{ agency: "dlh" }] }, progress: { critical: [] }, procurement: { announced: { value: null }, late_packages: 0 } };
  expect(toldIndicators(AGENCY, storeOf(bodies))).toEqual(["finance", "progress"]);
  expect(toldIndicators(AGENCY, storeOf({ ...bodies, finance: { agencies: [] } }))).toEqual(["progress"]);
  expect(toldIndicators("city", storeOf({}))).toEqual(["finance", "progress", "procurement"]);
});

it("the figures of one agency are low: they stand together in one column beside the map and the reports", () => {
  const columns = columnsOf(flowing(null, AGENCY), 3, AGENCY).columns.map((column) => column.map(({ panel }) => panel));
  expect(columns[0]).toEqual(["map", "ticker"]);
  expect(columns.some((column) => ["at_risk", "keuangan", "fisik"].every((panel) => column.includes(panel)))).toBe(true);
});
