/** Reports to marks: what is drawn where, and together. Pure but for supercluster. */
import Supercluster from "supercluster";
import type { ReportRow, State } from "./contract";
import type { Point } from "./boxes";
import type { View } from "./fit";

/** Order in which marks are laid on each other: what somebody should act on lies on top. */
export const PINNED: State[] = ["done", "declined", "working", "forwarded", "reopened", "new"];

export interface Split {
  new: number;
  forwarded: number;
  working: number;
  done: number;
  declined: number;
}

export interface Mark {
  /** Where it is drawn. */
  at: Point;
  /** The place it speaks of; a cluster's is the mean of its reports'. */
  home: Point;
  state: State | "cluster";
  id: string;
  /** The reports it stands for. */
  holds: readonly string[];
  split: Split;
  count: number;
}

export const NOTHING: Split = { new: 0, forwarded: 0, working: 0, done: 0, declined: 0 };

/** Which part of a divided rim a state belongs to. */
export function partOf(state: State): keyof Split | null {
  if (state === "reopened") return "new";
  return state === "duplicate" || state === "invalid" ? null : state;
}

/** Whether a report has a pin of its own: it has a place in the city, and no incident's hexagon counts it (none counts what is declined). */
export function isPinned(row: ReportRow, incidents: ReadonlySet<string>): boolean {
  const [, state, lon, lat, , incident, outside] = row;
  if (lon === null || lat === null || outside === 1 || partOf(state) === null) return false;
  return incident === null || state === "declined" || !incidents.has(incident);
}

/** Marks further apart than this stand alone (wall units): wider when there are many, so that a wall stays readable. */
export function clusterRadius(pins: number): number {
  if (pins <= 80) return 44;
  return pins <= 160 ? 72 : 110;
}

/** At least this many close reports become one mark. */
export const LEAST = 3;

interface Pin {
  id: string;
  state: State;
}

/** One mark for each lone report, one for each cluster; positions in panel pixels, drawn first to last. */
export function marksOf(rows: readonly ReportRow[], view: View, unit: number): Mark[] {
  const zoom = Math.max(0, Math.min(20, Math.floor(view.zoom)));
  const stretch = 2 ** (view.zoom - zoom);
  const index = new Supercluster<Pin, Split>({
    minZoom: zoom,
    maxZoom: zoom,
    minPoints: LEAST,
    extent: 512,
    radius: (clusterRadius(rows.length) * unit) / stretch,
    map: ({ state }) => ({ ...NOTHING, [partOf(state) ?? "declined"]: 1 }),
    reduce: (sum, part) => {
      for (const key of Object.keys(NOTHING) as (keyof Split)[]) sum[key] += part[key];
    },
  });
  index.load(
    rows.map(([id, state, lon, lat]) => ({
      type: "Feature",
      properties: { id, state },
      geometry: { type: "Point", coordinates: [lon ?? 0, lat ?? 0] },
    })),
  );
  const marks = index.getClusters([-180, -85, 180, 85], zoom).map((feature): Mark => {
    const [lon, lat] = feature.geometry.coordinates as [number, number];
    const at = view.project(lon, lat);
    const of = feature.properties;
    if ("cluster" in of && of.cluster) {
      const { new: fresh, forwarded, working, done, declined } = of;
      const holds = index.getLeaves(of.cluster_id, Infinity).map((leaf) => leaf.properties.id);
      return { at, home: at, state: "cluster", holds, id: `cluster ${of.cluster_id}`, split: { new: fresh, forwarded, working, done, declined }, count: of.point_count };
    }
    const { id, state } = of as Pin;
    return { at, home: at, state, id, holds: [id], split: { ...NOTHING, [partOf(state) ?? "declined"]: 1 }, count: 1 };
  });
  return marks.sort((a, b) => rank(a) - rank(b) || a.at[1] - b.at[1] || (a.id < b.id ? -1 : 1));
}

/** A lone report by its state; a cluster just below the most urgent report it holds. */
function rank({ state, split }: Mark): number {
  if (state !== "cluster") return PINNED.indexOf(state);
  return PINNED.findIndex((_, i) => PINNED.slice(i + 1).every((part) => (split[part as keyof Split] ?? 0) === 0)) - 0.5;
}
