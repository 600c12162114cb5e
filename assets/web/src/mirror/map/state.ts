/** Which rows the map page has not heard of yet: whole for a snapshot, only what differs for a batch. Pure; knows no page. */
import type { Change, Frame, Kind, Legend, Options, Rows, Snapshot } from "../../map/contract";

const KINDS: readonly Kind[] = ["report", "incident", "officer", "camera", "hazard"];

interface Fields {
  legend: Legend | null;
  frame: Frame;
  selected: string[];
  options: Options;
}

export class MapState {
  private revision = 0;
  private readonly rows = new Map<Kind, Map<string, { row: Rows[Kind]; said: string }>>(KINDS.map((kind) => [kind, new Map()]));
  private readonly dirty = new Map<Kind, Set<string>>(KINDS.map((kind) => [kind, new Set()]));
  private readonly fields: Partial<Fields> = {};
  private readonly dirtyFields = new Set<keyof Fields>();

  get isChanged(): boolean {
    return this.dirtyFields.size > 0 || [...this.dirty.values()].some((keys) => keys.size > 0);
  }

  count(kind: Kind): number {
    return this.rows.get(kind)!.size;
  }

  keys(kind: Kind): string[] {
    return [...this.rows.get(kind)!.keys()];
  }

  /** A new row for `key`; null: it has no place on the map (any more). */
  put<K extends Kind>(kind: K, key: string, row: Rows[K] | null): void {
    const rows = this.rows.get(kind)!;
    const said = row === null ? null : JSON.stringify(row);
    if ((rows.get(key)?.said ?? null) === said) return;
    if (row === null || said === null) rows.delete(key);
    else rows.set(key, { row, said });
    this.dirty.get(kind)!.add(key);
  }

  set<F extends keyof Fields>(field: F, value: Fields[F]): void {
    if (JSON.stringify(this.fields[field]) === JSON.stringify(value)) return;
    this.fields[field] = value;
    this.dirtyFields.add(field);
  }

  /** Everything that differs since the last call, as revision `from` .. `to`. */
  change(): Change {
    const put: Record<string, unknown[]> = {};
    const gone: Record<string, string[]> = {};
    for (const [kind, keys] of this.dirty) {
      const rows = this.rows.get(kind)!;
      const here = [...keys].flatMap((key) => (rows.has(key) ? [rows.get(key)!.row] : []));
      const away = [...keys].filter((key) => !rows.has(key));
      if (here.length > 0) put[kind] = here;
      if (away.length > 0) gone[kind] = away;
    }
    const fields = Object.fromEntries([...this.dirtyFields].map((field) => [field, this.fields[field]]));
    const change = { from: this.revision, to: this.revision + 1, put, gone, ...fields } as Change;
    this.revision++;
    this.clear();
    return change;
  }

  /** Everything. Batches made from now on follow it. */
  snapshot(): Snapshot {
    this.clear();
    const put = Object.fromEntries([...this.rows].map(([kind, rows]) => [kind, [...rows.values()].map(({ row }) => row)]));
    return { to: this.revision, put, ...this.fields } as Snapshot;
  }

  private clear(): void {
    for (const keys of this.dirty.values()) keys.clear();
    this.dirtyFields.clear();
  }
}
