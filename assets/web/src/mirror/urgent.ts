/** What is urgent now, at most three rows: the incident nobody has in hand, the report longest overdue, the gravest warning. Pure. */
import type { Deadline, Freshness, Hazard, Incident, Priority } from "./contract";
import { freshnessWord, type Tr } from "./freshness";

export type Urgent =
  | { kind: "incident"; incident: Incident; waiting: number; count: number }
  | { kind: "overdue"; deadline: Deadline; over_s: number }
  | { kind: "hazard"; hazard: Hazard };

const PRIORITY: readonly Priority[] = ["emergency", "urgent", "normal"];
const SEVERITY: readonly Hazard["severity"][] = ["extreme", "severe", "moderate", "minor", "unknown"];

/** `now`: milliseconds since 1970 by the room's clock. */
export function urgentOf(incidents: readonly Incident[], deadlines: readonly Deadline[], hazards: readonly Hazard[], now: number): Urgent[] {
  return [incidentOf(incidents), overdueOf(deadlines, now), hazardOf(hazards, now)].filter((row) => row !== null);
}

/** What stands where no row does: calm is said only when everything that could be urgent is known now. */
export function calmWords(told: readonly (readonly [name: string, state: Freshness])[], tr: Tr): string {
  const unknown = told.filter(([, state]) => state !== "live" && state !== "late");
  if (unknown.length === 0) return tr("Tidak ada yang mendesak");
  const areWaiting = unknown.every(([, state]) => state === "waiting");
  const head = areWaiting ? tr("Menunggu data") : tr("Tidak diketahui sekarang");
  if (unknown.length === told.length && unknown.every(([, state]) => state === unknown[0]![1])) return head;
  return `${head}: ${unknown.map(([name, state]) => (areWaiting ? name : `${name} ${freshnessWord(state, tr)}`).toLowerCase()).join(", ")}`;
}

export function countOf(incident: Incident): number {
  return incident.new + incident.forwarded + incident.working + incident.done;
}

/** Of the incidents not yet over: the one with most reports that nobody has accepted, then the largest. */
function incidentOf(incidents: readonly Incident[]): Urgent | null {
  const waiting = (incident: Incident): number => incident.new + incident.forwarded;
  const open = incidents.filter((incident) => waiting(incident) + incident.working > 0);
  const first = least(open, (a, b) => waiting(b) - waiting(a) || countOf(b) - countOf(a) || a.id.localeCompare(b.id));
  return first === null ? null : { kind: "incident", incident: first, waiting: waiting(first), count: countOf(first) };
}

/** Of the reports that are over their time now: emergencies first, then the longest overdue. */
function overdueOf(deadlines: readonly Deadline[], now: number): Urgent | null {
  const late = deadlines.filter(({ due_at }) => Date.parse(due_at) < now);
  const first = least(late, (a, b) => PRIORITY.indexOf(a.priority) - PRIORITY.indexOf(b.priority) || Date.parse(a.due_at) - Date.parse(b.due_at) || a.report.localeCompare(b.report));
  return first === null ? null : { kind: "overdue", deadline: first, over_s: (now - Date.parse(first.due_at)) / 1000 };
}

/** Of the warnings that hold: a drill only when there is nothing else, then the gravest, then the newest. */
function hazardOf(hazards: readonly Hazard[], now: number): Urgent | null {
  const holding = hazards.filter(({ expires_at }) => expires_at === null || Date.parse(expires_at) > now);
  const first = least(
    holding,
    (a, b) =>
      Number(a.is_drill) - Number(b.is_drill) || SEVERITY.indexOf(a.severity) - SEVERITY.indexOf(b.severity) || Date.parse(b.issued_at) - Date.parse(a.issued_at) || a.id.localeCompare(b.id),
  );
  return first === null ? null : { kind: "hazard", hazard: first };
}

function least<T>(some: readonly T[], order: (one: T, other: T) => number): T | null {
  return some.reduce<T | null>((best, one) => (best === null || order(one, best) < 0 ? one : best), null);
}

/** The colour of a warning, by its role in the palette; a minor one and a drill stay grey: nobody has to act. */
export function severityColour({ severity, is_drill }: Pick<Hazard, "severity" | "is_drill">): string {
  if (is_drill) return "var(--ink3)";
  if (severity === "extreme" || severity === "severe") return "var(--red)";
  return severity === "moderate" ? "var(--yellow)" : "var(--ink3)";
}
