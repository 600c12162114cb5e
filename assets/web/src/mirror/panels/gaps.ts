/** Runs without data in a curve: the twin of `gaps_of` in widgets/kit/plots.py. Pure. */

export interface Gap {
  before: number;
  after: number;
  /** The last known value; null at the start. */
  value: number | null;
}

/** Gaps among the `elapsed` first steps; what lies ahead is none. */
export function gapsOf(values: readonly (number | null)[], elapsed: number): Gap[] {
  const found: Gap[] = [];
  let last = -1;
  for (let index = 0; index < elapsed; index++) {
    if ((values[index] ?? null) === null) continue;
    if (index - last > 1) found.push({ before: Math.max(last, 0), after: index, value: last >= 0 ? values[last]! : null });
    last = index;
  }
  if (last >= 0 && last < elapsed - 1) found.push({ before: last, after: elapsed - 1, value: values[last]! });
  return found;
}

/** The ISO week of a day (`2026-11-22`). */
export function weekOf(day: string): number {
  const date = new Date(`${day.slice(0, 10)}T00:00:00Z`);
  const thursday = new Date(date.getTime() + (3 - ((date.getUTCDay() + 6) % 7)) * 86_400_000);
  return 1 + Math.floor((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / (7 * 86_400_000));
}

/** Steps of the year that should have a figure by the as-of day. */
export function elapsedOf(finance: { as_of: string; year: number; planned: { values: unknown[] }; actual: { step: string; values: unknown[] } }): number {
  const [year, month] = finance.as_of.split("-").map(Number) as [number, number];
  if (year > finance.year) return Math.max(finance.planned.values.length, finance.actual.values.length);
  return finance.actual.step === "month" ? month : weekOf(finance.as_of);
}

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

type Line = readonly (readonly [x: number, y: number] | null)[];

/** The first of `boxes` that no line passes through; null where each is passed through. */
export function freeOf(boxes: readonly Box[], lines: readonly Line[]): Box | null {
  return boxes.find((box) => !lines.some((line) => line.some((end, i) => meets(line[i - 1] ?? end, end, box)))) ?? null;
}

function meets(from: readonly [number, number] | null, to: readonly [number, number] | null, box: Box): boolean {
  if (from === null || to === null) return false;
  const [[x0, y0], [x1, y1]] = from[0] <= to[0] ? [from, to] : [to, from];
  if (x1 < box.left || x0 > box.right) return false;
  const yAt = (x: number): number => (x1 === x0 ? y0 : y0 + ((y1 - y0) * (Math.min(x1, Math.max(x0, x)) - x0)) / (x1 - x0));
  const [a, b] = x1 === x0 ? [y0, y1] : [yAt(box.left), yAt(box.right)];
  return Math.max(a, b) >= box.top && Math.min(a, b) <= box.bottom;
}
