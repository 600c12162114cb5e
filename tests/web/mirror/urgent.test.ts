import type { Deadline, Hazard, Incident } from "../../../assets/web/src/mirror/contract";
import { calmWords, severityColour, urgentOf } from "../../../assets/web/src/mirror/urgent";

const NOW = Date.parse("2026-11-27T07:32:08Z");
const at = (minutes: number): string => new Date(NOW + 60_000 * minutes).toISOString();
const incident = (id: string, parts: Partial<Incident>): Incident => ({ id, title: id, category: "banjir", since: at(-35), position: { lon: 0, lat: 0 }, districts: [], new: 0, forwarded: 0, working: 0, done: 0, ...parts });
const deadline = (report: string, minutes: number, more: Partial<Deadline> = {}): Deadline => ({ report, due: "acceptance", due_at: at(minutes), is_late: false, state: "forwarded", category: "kabel", priority: "normal", category_name: null, district: null, agency: null, ...more });
const hazard = (id: string, more: Partial<Hazard> = {}): Hazard => ({ id, kind: "weather", severity: "moderate", headline: id, issued_at: at(-60), attribution: "BMKG", onset_at: null, expires_at: at(90), area: null, districts: [], polygons: [], position: null, magnitude: null, depth_km: null, distance_km: null, is_drill: false, ...more });

const shown = (incidents: Incident[], deadlines: Deadline[], hazards: Hazard[]): string[] =>
  urgentOf(incidents, deadlines, hazards, NOW).map((row) => (row.kind === "incident" ? row.incident.id : row.kind === "overdue" ? row.deadline.report : row.hazard.id));

test("of much that is urgent there are three rows: an incident, a report over its time, a warning", () => {
  const many = Array.from({ length: 9 }, (_, number) => number);
  const rows = shown(
    many.map((n) => incident(`i${n}`, { new: n })),
    many.map((n) => deadline(`d${n}`, -n)),
    many.map((n) => hazard(`h${n}`)),
  );
  expect(rows).toEqual(["i8", "d8", "h0"]);
});

test("a quiet city has no rows", () => {
  expect(shown([], [], [])).toEqual([]);
});

test("the incident most reports of which nobody has accepted; one that is over is none", () => {
  expect(shown([incident("large", { working: 40, new: 1 }), incident("waiting", { new: 3, forwarded: 2 })], [], [])).toEqual(["waiting"]);
  expect(shown([incident("over", { done: 12 })], [], [])).toEqual([]);
  expect(urgentOf([incident("x", { new: 2, forwarded: 3, working: 4, done: 3 })], [], [], NOW)[0]).toMatchObject({ waiting: 5, count: 12 });
});

test("what was said to be late counts for nothing: the time does", () => {
  expect(shown([], [deadline("soon", 5, { is_late: true })], [])).toEqual([]);
  expect(shown([], [deadline("just", -1)], [])).toEqual(["just"]);
});

test("an emergency over its time comes before what is longer over", () => {
  expect(shown([], [deadline("old", -600), deadline("emergency", -2, { priority: "emergency" })], [])).toEqual(["emergency"]);
});

test("a warning that has ended is none; the gravest is shown, a drill only alone", () => {
  expect(shown([], [], [hazard("ended", { expires_at: at(-1), severity: "extreme" })])).toEqual([]);
  expect(shown([], [], [hazard("mild"), hazard("grave", { severity: "severe" })])).toEqual(["grave"]);
  expect(shown([], [], [hazard("drill", { severity: "extreme", is_drill: true }), hazard("mild", { severity: "minor" })])).toEqual(["mild"]);
});

test("nobody has to act on a drill or a minor warning: they are grey", () => {
  const colour = (severity: Hazard["severity"], is_drill = false): string => severityColour({ severity, is_drill });
  expect([colour("extreme"), colour("severe"), colour("moderate"), colour("minor"), colour("extreme", true)]).toEqual(["var(--red)", "var(--red)", "var(--yellow)", "var(--ink3)", "var(--ink3)"]);
});

test("calm is said only when incidents, deadlines and warnings are all known now", () => {
  type State = Parameters<typeof calmWords>[0][number][1];
  const words = (...states: [State, State, State]): string => calmWords([["Insiden", states[0]], ["Tenggat", states[1]], ["Peringatan", states[2]]], (text) => text);
  expect(words("live", "live", "late")).toBe("Tidak ada yang mendesak");
  expect(words("waiting", "waiting", "waiting")).toBe("Menunggu data");
  expect(words("live", "waiting", "waiting")).toBe("Menunggu data: tenggat, peringatan");
  expect(words("live", "live", "stale")).toBe("Tidak diketahui sekarang: peringatan usang");
  expect(words("live", "waiting", "error")).toBe("Tidak diketahui sekarang: tenggat menunggu, peringatan galat");
  expect(words("offline", "offline", "offline")).toBe("Tidak diketahui sekarang");
});
