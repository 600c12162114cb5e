/** Who gives way to whom: each thing stands at its own place when that is free, else at the nearest free one. Pure. */
import { around, overlap, seamShift, type Box, type Point } from "./boxes";
import type { Mark } from "./clusters";
import type { Ground } from "./placing";
import { extent } from "./shapes";

export interface Disc {
  at: Point;
  radius: number;
}

/** The part of a mark's square that nothing else may cover, as a radius. */
const BODY = 0.43;
/** How far a report's mark may stand from its place (wall units): its line must stay short. */
const REACH = 300;
const TURNS = 24;
/** A cluster stands for many places and a finished report waits for nobody: what is open keeps its place before them. */
const KEEPS_PLACE = ["new", "reopened", "forwarded", "working", "cluster"];

export function bodyOf(mark: Mark, unit: number): Disc {
  return { at: mark.at, radius: BODY * extent(mark.state) * unit };
}

/** The marks in the order given, each moved so that it lies under no other and on none of `solid`; `words` are left free by what moves. */
export function spread(marks: readonly Mark[], solid: readonly Disc[], words: readonly Box[], unit: number, ground: Ground): Mark[] {
  const order = (mark: Mark): number => (KEEPS_PLACE.includes(mark.state) ? KEEPS_PLACE.indexOf(mark.state) : KEEPS_PLACE.length);
  const stand = [...solid];
  const places = new Map<Mark, Point>();
  for (const mark of [...marks].sort((a, b) => order(a) - order(b) || (a.id < b.id ? -1 : 1))) {
    const { radius } = bodyOf(mark, unit);
    const at = freePlace({ at: mark.at, radius }, stand, words, REACH * unit, ground);
    stand.push({ at, radius });
    places.set(mark, at);
  }
  return marks.map((mark) => ({ ...mark, at: places.get(mark)! }));
}

/** Where equal discs of these places stand, the first with the best claim: whole in the panel, off the seams, none on another. */
export function standApart(homes: readonly Point[], radius: number, words: readonly Box[], ground: Ground): Point[] {
  const stand: Disc[] = [];
  for (const at of homes) stand.push({ at: freePlace({ at, radius }, stand, words, Math.hypot(ground.width, ground.height), ground), radius });
  return stand.map(({ at }) => at);
}

/** The place nearest to a disc's own where it covers no part of `stand`, off the seams; in a crowd the one where it covers least. */
export function freePlace({ at, radius }: Disc, stand: readonly Disc[], words: readonly Box[], reach: number, ground: Ground): Point {
  const close = stand.filter((other) => distance(other.at, at) < other.radius + radius + reach);
  let best: { at: Point; cost: number } | null = null;
  for (const wished of [at, ...roundAbout(at, radius / 4, reach)]) {
    const place = within(wished, radius, ground);
    const under = close.reduce((sum, other) => sum + Math.max(0, other.radius + radius - distance(other.at, place)), 0);
    const isOnWords = wished !== at && words.some((box) => overlap(box, around(place, 2 * radius, 2 * radius)) > 0);
    if (under < 1e-6 && !isOnWords) return place;
    const cost = under + (isOnWords ? radius : 0);
    if (best === null || cost < best.cost - 1e-6) best = { at: place, cost };
  }
  return best!.at;
}

/** Points on rings round a place, the nearest first. */
function* roundAbout([x, y]: Point, step: number, reach: number): Generator<Point> {
  for (let ring = 1; ring * step <= reach; ring++) {
    for (let turn = 0; turn < TURNS; turn++) {
      const angle = ((turn + (ring % 2) / 2) / TURNS) * 2 * Math.PI;
      yield [x + Math.cos(angle) * ring * step, y + Math.sin(angle) * ring * step];
    }
  }
}

/** Inside the panel and off its seams. */
function within([x, y]: Point, radius: number, ground: Ground): Point {
  const inside: Point = [Math.min(Math.max(x, radius), ground.width - radius), Math.min(Math.max(y, radius), ground.height - radius)];
  const [dx, dy] = seamShift(around(inside, 2 * radius, 2 * radius), ground.seams);
  return [inside[0] + dx, inside[1] + dy];
}

export function distance([ax, ay]: Point, [bx, by]: Point): number {
  return Math.hypot(bx - ax, by - ay);
}
