/** Which warnings hold, in which order, and many flooded points as one row: as widgets/panels/hazards.py. Pure. */
import type { Hazard } from "../contract";
import type { Tr } from "../freshness";
import { fill } from "../wording";

const ORDER: readonly Hazard["severity"][] = ["extreme", "severe", "moderate", "minor", "unknown"];
/** So many flooded points of one source stand alone; more are one row. */
const MOST_POINTS = 3;

function byGravity(a: Hazard, b: Hazard): number {
  return Number(a.is_drill) - Number(b.is_drill) || ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || Date.parse(b.issued_at) - Date.parse(a.issued_at) || (a.id < b.id ? -1 : 1);
}

export function foldedHazards(hazards: readonly Hazard[], now: number, tr: Tr): Hazard[] {
  const kept: Hazard[] = [];
  const points = new Map<string, Hazard[]>();
  for (const hazard of hazards) {
    if (hazard.expires_at !== null && Date.parse(hazard.expires_at) <= now) continue;
    const isPoint = hazard.kind === "flood" && hazard.position !== null && hazard.polygons.length === 0;
    const place = `${hazard.attribution} ${hazard.is_drill}`;
    if (isPoint) points.set(place, [...(points.get(place) ?? []), hazard]);
    else kept.push(hazard);
  }
  for (const some of points.values()) {
    if (some.length <= MOST_POINTS) {
      kept.push(...some);
      continue;
    }
    const worst = [...some].sort(byGravity)[0]!;
    const words = fill(tr("{count} titik banjir"), { count: some.length });
    const headline = worst.headline.trim() === "" ? words : `${words} · ${worst.headline.trim()}`;
    const issued = some.map((hazard) => hazard.issued_at).sort((a, b) => Date.parse(b) - Date.parse(a))[0]!;
    const districts = [...new Set([worst, ...some].flatMap((hazard) => hazard.districts))];
    kept.push({ ...worst, id: `${worst.attribution} ${some.length}`, headline, issued_at: issued, districts, position: null, expires_at: null, area: null });
  }
  return kept.sort(byGravity);
}

/** Whether a headline says this figure already, in whatever way its language writes it: `20.45`, `20:45`, `4,9`. */
export function isSaidIn(words: string, figure: string): boolean {
  const pattern = figure.replace(/^0/, "").replace(/[.,:]/g, "[.,:]");
  // Without a look-behind: older Safaris know none, and end the whole card at it.
  return new RegExp(`(^|\\D)0?${pattern}(?!\\d)`).test(words);
}
