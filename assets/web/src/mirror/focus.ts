/** Which report stands at full length: an emergency that is open, else the newest finished one with its proof. As widgets/panels/focus.py. Pure. */
import type { Report, State } from "./contract";

const OPEN: ReadonlySet<State> = new Set(["new", "forwarded", "working", "reopened"]);
const PINLESS: ReadonlySet<State> = new Set(["duplicate", "invalid"]);

type Rank = [kind: number, at: number];

export function isOpen(state: State): boolean {
  return OPEN.has(state);
}

/** Higher is shown first. */
export function rankOf(report: Report): Rank {
  if (isOpen(report.state) && report.priority === "emergency") return [9, Date.parse(report.received_at)];
  const proof = Number(report.photo_before !== null) + Number(report.photo_after !== null);
  return [report.state === "done" ? 1 + proof : 0, Date.parse(report.changed_at)];
}

export function focusOf(reports: Iterable<Report>): Report | null {
  let best: Report | null = null;
  let rank: Rank = [-1, 0];
  for (const report of reports) {
    if (PINLESS.has(report.state)) continue;
    const own = rankOf(report);
    if (own[0] < rank[0] || (own[0] === rank[0] && own[1] <= rank[1])) continue;
    [best, rank] = [report, own];
  }
  return best;
}
