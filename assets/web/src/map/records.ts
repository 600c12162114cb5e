/** The page's copy of what the wall holds. Knows no map and no DOM. */
import type { Change, Frame, Kind, Legend, Options, Rows, SeamRow, Snapshot } from "./contract";

type Tables = { [K in Kind]: Map<string, Rows[K]> };

const KINDS: Kind[] = ["report", "incident", "officer", "camera", "hazard"];

export function keyOf<K extends Kind>(row: Rows[K]): string {
  return Array.isArray(row) ? row[0] : (row as { id: string }).id;
}

export class Records {
  revision = -1;
  legend: Legend | null = null;
  frame: Frame | null = null;
  selected: string[] = [];
  seams: SeamRow[] | null = null;
  options: Options | null = null;
  tables: Tables = emptyTables();

  /** Forgets everything and takes the snapshot. */
  reset(snapshot: Snapshot): void {
    this.tables = emptyTables();
    this.legend = null;
    this.selected = [];
    this.take(snapshot);
    this.revision = snapshot.to;
  }

  /** Applies one batch; false when it does not follow what is held: the caller fetches a snapshot. */
  apply(change: Change): boolean {
    if (change.from !== this.revision) return false;
    for (const kind of KINDS) for (const key of change.gone[kind] ?? []) this.tables[kind].delete(key);
    this.take(change);
    this.revision = change.to;
    return true;
  }

  rows<K extends Kind>(kind: K): Rows[K][] {
    return [...this.tables[kind].values()] as Rows[K][];
  }

  private take(change: Pick<Change, "put" | "legend" | "frame" | "selected" | "seams" | "options">): void {
    for (const kind of KINDS) {
      const table = this.tables[kind] as Map<string, Rows[Kind]>;
      for (const row of change.put[kind] ?? []) table.set(keyOf(row), row);
    }
    if (change.legend !== undefined) this.legend = change.legend;
    if (change.frame !== undefined) this.frame = change.frame;
    if (change.selected !== undefined) this.selected = change.selected;
    if (change.seams !== undefined) this.seams = change.seams;
    if (change.options !== undefined) this.options = change.options;
  }
}

function emptyTables(): Tables {
  return { report: new Map(), incident: new Map(), officer: new Map(), camera: new Map(), hazard: new Map() };
}
