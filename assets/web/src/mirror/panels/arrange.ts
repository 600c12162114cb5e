/** How the wall's panels stand on this window: in the wall's own geometry where that can be read, else in columns by importance. Pure. */
import type { Wall, WallSlot } from "../contract";

/** The wall's smallest type in wall units, and the smallest that is read on a screen in the hand (CSS pixels). */
const SMALL_U = 36;
const LEAST_PX = 12.5;
const REFERENCE: readonly [number, number] = [3840, 2160];

export type Arrangement =
  | { mode: "wall"; scale: number; /** CSS pixels per wall unit. */ unit: number; width: number; height: number }
  | { mode: "flow"; columns: number };

/** Wall units are larger than a wall's pixels where its monitors are few: one is read from nearby. */
export function unitOf([width, height]: readonly [number, number]): number {
  return Math.min(1, Math.max(width / REFERENCE[0], height / REFERENCE[1]));
}

export function arrangementOf(wall: Wall | null, width: number, height: number, zoom = 1): Arrangement {
  if (wall !== null && wall.slots.length > 0 && wall.size[0] > 0 && wall.size[1] > 0) {
    const scale = Math.min(width / wall.size[0], height / wall.size[1]);
    const unit = scale * unitOf(wall.size);
    if (SMALL_U * unit >= LEAST_PX * zoom) return { mode: "wall", scale, unit, width: wall.size[0] * scale, height: wall.size[1] * scale };
  }
  return { mode: "flow", columns: width >= 1060 * zoom ? 3 : width >= 640 * zoom ? 2 : 1 };
}

/** A wall says how it stands each second or two; one that has not for so long does not show what it said. */
const SILENT_S = 15;
/** As old as a wall's word may be on the bus (feeds.messages.system.WALL_STATE). */
const WELL_S = 5;
const told = new WeakMap<Wall, number>();

/** Seconds since the wall spoke, where that is too long; else null. The room tells of a wall anew when it falls silent and when it speaks again; in between its age goes on here. */
export function silenceOf(wall: Wall, now_ms: number): number | null {
  const saidAt = told.get(wall) ?? now_ms;
  told.set(wall, saidAt);
  // One that was well when it was told of is well as long as nothing else is told.
  if (wall.age_s === null || wall.age_s <= WELL_S) return null;
  const age_s = wall.age_s + (now_ms - saidAt) / 1000;
  return age_s > SILENT_S ? age_s : null;
}

/** Panels by importance: how much, where, what is urgent, how we perform, proof. `weight`: roughly how high one stands in a column. */
const ORDER: readonly [panel: string, weight: number][] = [
  ["totals", 1],
  ["map", 4],
  ["hazards", 1],
  ["at_risk", 3],
  ["focus", 3],
  ["keuangan", 4],
  ["fisik", 4],
  ["pengadaan", 4],
  ["ticker", 4],
  ["cameras", 3],
  ["presence", 3],
  ["lingkungan", 3],
  ["evaluation", 4],
  ["apps", 3],
  ["sources", 3],
  ["notices", 1],
];
const ORDINARY: readonly string[] = ["totals", "map", "hazards", "at_risk", "focus", "keuangan", "fisik", "pengadaan", "ticker", "cameras", "presence", "notices"];
/** What the head of an agency is not told. */
const CITY_ONLY: ReadonlySet<string> = new Set(["totals", "pengadaan", "evaluation", "apps", "sources"]);
/** The figures of one agency are a row or a list, without a curve. */
const LOW: ReadonlySet<string> = new Set(["keuangan", "fisik", "at_risk", "presence"]);
const LOW_WEIGHT = 1.6;

/** The layout's panels without the head, which the page has itself; those of an ordinary day where no wall tells its layout. */
export function flowing(wall: Wall | null, scope: string): WallSlot[] {
  const told = (wall?.slots ?? []).filter(({ panel }) => panel !== "header");
  const slots = told.length > 0 ? told : ORDINARY.map((panel, slot): WallSlot => ({ slot, panel, rect: [0, 0, 1, 1], options: {} }));
  const rank = ({ panel }: WallSlot): number => {
    const found = ORDER.findIndex(([name]) => name === panel);
    return found < 0 ? ORDER.length : found;
  };
  return slots.filter(({ panel }) => scope === "city" || !CITY_ONLY.has(panel)).sort((a, b) => rank(a) - rank(b) || a.slot - b.slot);
}

/** The slots by column: each goes, in order, where the least stands. Above all of them the day's sum and, over two columns, the map. */
export function columnsOf(slots: readonly WallSlot[], columns: number, scope = "city"): { above: WallSlot[]; columns: WallSlot[][] } {
  const isAbove = ({ panel }: WallSlot): boolean => panel === "totals" || (panel === "map" && columns === 2);
  const above = slots.filter(isAbove);
  const filled = Array.from({ length: columns }, () => ({ slots: [] as WallSlot[], height: 0 }));
  for (const slot of slots) {
    if (isAbove(slot)) continue;
    const lowest = filled.reduce((best, one) => (one.height < best.height ? one : best));
    lowest.slots.push(slot);
    lowest.height += scope !== "city" && LOW.has(slot.panel) ? LOW_WEIGHT : (ORDER.find(([name]) => name === slot.panel)?.[1] ?? 2);
  }
  return { above, columns: filled.map((column) => column.slots) };
}
