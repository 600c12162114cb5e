/** What the map page shows, as rows: the twin of widgets/kit/map_state.py, held to the same table (tests/vectors/map_rows.json). Pure. */
import type { CameraRow, HazardRow, IncidentRow, Legend, OfficerRow, ReportRow } from "../../map/contract";
import type { Numerals } from "../../numerals";
import type { Camera, CityConfig, Hazard, Incident, Officer, Report, Totals } from "../contract";
import type { Tr } from "../freshness";
import type { Store } from "../store";

/** A phone silent for so long: its officer is drawn faintly, then no longer: nobody knows where he is. */
export const SILENT_S = 120;
export const UNKNOWN_S = 600;

export function reportRow(report: Report): ReportRow {
  const { position: at } = report;
  return [report.id, report.state, at?.lon ?? null, at?.lat ?? null, report.district, report.incident, report.is_outside ? 1 : 0];
}

export function incidentRow(incident: Incident, text: Numerals, tr: Tr, now: number): IncidentRow {
  const { id, title, position, districts, new: fresh, forwarded, working, done } = incident;
  const count = text.number(fresh + forwarded + working + done);
  const line = tr("{count} laporan · sejak {when}").replace("{count}", count).replace("{when}", text.when(Date.parse(incident.since), now));
  return { id, title, line, lon: position.lon, lat: position.lat, districts, new: fresh, forwarded, working, done };
}

/** Only those on a task, where they were last seen. `isOld`: nobody tells any more where officers are. */
export function officerRow(officer: Officer, now: number, isOld: boolean): OfficerRow | null {
  const silence_s = (now - Date.parse(officer.seen_at)) / 1000;
  const { position: at } = officer;
  if (!officer.is_on_task || at === null || silence_s > UNKNOWN_S) return null;
  return { id: officer.number, lon: at.lon, lat: at.lat, is_stale: isOld || silence_s > SILENT_S };
}

/** `isOld`: nobody tells any more which cameras there are. Private ones do not come here. */
export function cameraRow(camera: Camera, isOld: boolean): CameraRow | null {
  const { position: at } = camera;
  return at === null ? null : { id: camera.id, lon: at.lon, lat: at.lat, is_stale: isOld || camera.is_up === false };
}

/** The colour of a warning by its role: a minor one and a drill stay grey, nobody has to act. */
export function severityRole({ severity, is_drill }: Pick<Hazard, "severity" | "is_drill">): "red" | "yellow" | "ink3" {
  if (is_drill) return "ink3";
  if (severity === "extreme" || severity === "severe") return "red";
  return severity === "moderate" ? "yellow" : "ink3";
}

/** A warning that holds and touches the city, with its source; others are for the list of warnings alone. */
export function hazardRow(hazard: Hazard, bbox: CityConfig["bbox"], text: Numerals, tr: Tr, now: number): HazardRow | null {
  const rings = hazard.polygons.filter((ring) => ring.length > 2 && meets(ring, bbox));
  const ends = hazard.expires_at === null ? null : Date.parse(hazard.expires_at);
  if ((ends !== null && ends <= now) || (rings.length === 0 && hazard.districts.length === 0)) return null;
  const until = ends === null ? "" : tr("sampai {when}").replace("{when}", text.when(ends, now));
  const drill = hazard.is_drill ? tr("LATIHAN") : "";
  return {
    id: hazard.id,
    headline: hazard.headline,
    line: [drill, hazard.attribution, until].filter((part) => part !== "").join(" · "),
    colour: severityRole(hazard),
    polygons: rings,
    districts: hazard.districts,
  };
}

function meets(ring: readonly [number, number][], [west, south, east, north]: CityConfig["bbox"]): boolean {
  const lons = ring.map(([lon]) => lon);
  const lats = ring.map(([, lat]) => lat);
  return Math.min(...lons) <= east && Math.max(...lons) >= west && Math.min(...lats) <= north && Math.max(...lats) >= south;
}

/** What a legend counts of reports. */
export type Counted = Pick<Totals, "received" | "new" | "forwarded" | "working" | "done" | "declined" | "duplicate" | "invalid" | "reopened" | "without_position" | "outside">;

/** The reports of one agency by state: whoever is told of that agency alone gets no totals, and sees these marks. */
export function countedOf(reports: readonly Report[]): Counted {
  const of = (state: Report["state"]): number => reports.filter((report) => report.state === state).length;
  const pinned = reports.filter(({ state }) => state !== "duplicate" && state !== "invalid");
  return {
    received: reports.length,
    new: of("new"),
    forwarded: of("forwarded"),
    working: of("working"),
    done: of("done"),
    declined: of("declined"),
    duplicate: of("duplicate"),
    invalid: of("invalid"),
    reopened: of("reopened"),
    without_position: pinned.filter(({ position, is_outside: isOutside }) => position === null && !isOutside).length,
    outside: pinned.filter(({ is_outside: isOutside }) => isOutside).length,
  };
}

/** What the map counts for this viewer: the room's totals, or the agency's own reports. */
export function countsFor(scope: string, store: Pick<Store, "one" | "bodies">): Counted | null {
  return scope === "city" ? (store.one("totals")?.body ?? null) : countedOf(store.bodies("report"));
}

/** The legend's counts: reports' from the totals message alone; null before it has come. */
export function legendOf(totals: Counted | null, cameras: number, officers: number, text: Numerals, tr: Tr): Legend | null {
  if (totals === null) return null;
  const notes: string[] = [];
  if (totals.without_position > 0) notes.push(tr("{count} tanpa lokasi").replace("{count}", text.number(totals.without_position)));
  if (totals.outside > 0) notes.push(tr("{count} di luar kota").replace("{count}", text.number(totals.outside)));
  return {
    new: totals.new + totals.reopened,
    forwarded: totals.forwarded,
    working: totals.working,
    done: totals.done,
    declined: totals.declined,
    pinless: totals.duplicate + totals.invalid,
    reopened: totals.reopened,
    cameras,
    officers,
    notes,
  };
}
