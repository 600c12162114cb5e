import { Records } from "../../assets/web/src/map/records";
import type { Change, Frame, ReportRow, Snapshot } from "../../assets/web/src/map/contract";

const frame: Frame = { title: "Peta", meta: "", freshness: "live", words: "LIVE", simulated: "", error: "", remedy: "" };
const report = (id: string): ReportRow => [id, "new", 106.6, -6.1, null, null, 0];
const snapshot: Snapshot = { to: 4, put: { report: [report("a"), report("b")] }, frame, legend: null };
const change = (from: number, more: Partial<Change> = {}): Change => ({ from, to: from + 1, put: {}, gone: {}, ...more });

test("a batch that follows is taken; one that does not is refused and changes nothing", () => {
  const records = new Records();
  records.reset(snapshot);
  expect(records.apply(change(5, { gone: { report: ["a"] } }))).toBe(false);
  expect(records.rows("report")).toHaveLength(2);
  expect(records.apply(change(4, { gone: { report: ["a"] }, put: { report: [report("c")] } }))).toBe(true);
  expect(records.rows("report").map(([id]) => id)).toEqual(["b", "c"]);
  expect(records.revision).toBe(5);
});

test("a snapshot forgets what it does not hold", () => {
  const records = new Records();
  records.reset(snapshot);
  records.reset({ ...snapshot, to: 9, put: { report: [report("z")] } });
  expect(records.rows("report").map(([id]) => id)).toEqual(["z"]);
});

test("keys that look like parts of an object are only keys", () => {
  const records = new Records();
  records.reset({ ...snapshot, put: { report: [report("__proto__"), report("constructor")] } });
  expect(records.rows("report").map(([id]) => id)).toEqual(["__proto__", "constructor"]);
});

test("where the panel stands and its options are kept until others come", () => {
  const records = new Records();
  records.reset({ ...snapshot, to: 0 });
  expect([records.seams, records.options]).toEqual([null, null]);
  const options = { show: ["reports"], choropleth: true, base: false, labels: true };
  records.apply({ from: 0, to: 1, put: {}, gone: {}, seams: [[960, 0, 12, 900]], options });
  records.apply({ from: 1, to: 2, put: {}, gone: {} });
  expect(records.seams).toEqual([[960, 0, 12, 900]]);
  expect(records.options).toEqual(options);
});
