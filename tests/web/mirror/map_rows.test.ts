/** Rows of the map are those of the table that the wall's are held to, too (tests/widgets/test_map_rows.py). */
import { describe, expect, it } from "vitest";
import type { Legend } from "../../../assets/web/src/map/contract";
import { Records } from "../../../assets/web/src/map/records";
import type { Totals } from "../../../assets/web/src/mirror/contract";
import { cameraRow, hazardRow, incidentRow, legendOf, officerRow, reportRow } from "../../../assets/web/src/mirror/map/rows";
import { MapState } from "../../../assets/web/src/mirror/map/state";
import { Numerals } from "../../../assets/web/src/numerals";
import vectors from "../../vectors/map_rows.json";

interface Case {
  body: Record<string, unknown>;
  is_old?: boolean;
  row: unknown;
}
interface LegendCase {
  totals: Partial<Totals> | null;
  cameras: number;
  officers: number;
  legend: Legend | null;
}
const table = vectors as unknown as Record<string, Case[]> & { now: string; bbox: [number, number, number, number]; legend: LegendCase[] };
const NOW = Date.parse(table.now);
const TEXT = new Numerals("id", "Asia/Jakarta");
const same = (text: string): string => text;
/** What a body says when it says nothing: the bus writes every field. */
const UNSAID: Record<string, Record<string, unknown>> = {
  report: { position: null, is_outside: false, district: null, incident: null },
  incident: {},
  officer: { position: null },
  camera: { position: null, is_up: null },
  hazard: { expires_at: null, districts: [], polygons: [], is_drill: false },
};
const ROW: Record<string, (body: never, isOld: boolean) => unknown> = {
  report: (body) => reportRow(body),
  incident: (body) => incidentRow(body, TEXT, same, NOW),
  officer: (body, isOld) => officerRow(body, NOW, isOld),
  camera: (body, isOld) => cameraRow(body, isOld),
  hazard: (body) => hazardRow(body, table.bbox, TEXT, same, NOW),
};

describe.each(Object.keys(ROW))("rows of %s", (kind) => {
  it.each(table[kind]!)("are those of the table (%#)", ({ body, is_old: isOld, row }) => {
    expect(ROW[kind]!({ ...UNSAID[kind], ...body } as never, isOld ?? false)).toEqual(row);
  });
});

it.each(table.legend)("the legend is the one of the table (%#)", ({ totals, cameras, officers, legend }) => {
  const told = totals === null ? null : ({ without_position: 0, outside: 0, carried: 0, ...totals } as Totals);
  expect(legendOf(told, cameras, officers, TEXT, same)).toEqual(legend);
});

describe("what the page has not heard of", () => {
  const row = (id: string, state: string): never => [id, state, null, null, null, null, 0] as never;

  it("holds what differs and nothing twice, and follows the snapshot", () => {
    const state = new MapState();
    const records = new Records();
    state.put("report", "a", row("a", "new"));
    state.put("report", "b", row("b", "new"));
    records.reset(state.snapshot());
    expect(state.isChanged).toBe(false);
    state.put("report", "a", row("a", "new"));
    expect(state.isChanged).toBe(false);
    state.put("report", "a", row("a", "done"));
    state.put("report", "b", null);
    state.put("report", "never", null);
    state.set("selected", ["a"]);
    const change = state.change();
    expect(change.gone).toEqual({ report: ["b"] });
    expect(records.apply(change)).toBe(true);
    expect(records.rows("report")).toEqual([row("a", "done")]);
    expect(records.selected).toEqual(["a"]);
    expect(records.apply(state.change())).toBe(true);
  });
});
