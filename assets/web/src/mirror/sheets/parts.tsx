/** What sheets are made of: a heading, pairs of a name and a value, rows of reports. */
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import type { Report } from "../contract";
import { StateMark } from "../marks";
import { categoryOf, joined, whereOf } from "../panels/words";
import { useNow, useRoom } from "../room";
import { fill, stateName } from "../wording";

export function Head({ title, below = "", mark }: { title: string; below?: string; mark?: JSX.Element }): JSX.Element {
  return (
    <header class="sheet-head">
      {mark}
      <div>
        <h2 id="sheet-title">{title}</h2>
        {below !== "" && <p>{below}</p>}
      </div>
    </header>
  );
}

export function Part({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <section class="sheet-part">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

/** Pairs of a name and a value; what nobody knows is left out. */
export function Facts({ pairs }: { pairs: readonly (readonly [name: string, value: string | null])[] }): JSX.Element {
  return (
    <dl class="facts-list">
      {pairs
        .filter(([, value]) => value !== null && value !== "")
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** So many rows at first, and so many more at each touch. */
const ROWS = 50;

/** Reports, the last changed first; each leads to its own sheet. None is left out: there is a way to all of them. */
export function ReportRows({ reports }: { reports: readonly Report[] }): JSX.Element {
  const room = useRoom();
  const { tr, text, open } = room;
  const now = useNow(60);
  const [most, setMost] = useState(ROWS);
  const sorted = [...reports].sort((a, b) => Date.parse(b.changed_at) - Date.parse(a.changed_at) || (a.id < b.id ? -1 : 1));
  if (sorted.length === 0) return <p class="quiet">{tr("Tidak ada laporan")}</p>;
  return (
    <div class="rows">
      {sorted.slice(0, most).map((report) => (
        <button key={report.id} class="row" data-report={report.id} onClick={() => open({ kind: "report", id: report.id })}>
          <StateMark state={report.state} size={18} label={stateName(report.state, tr)} />
          <span>
            <b>{categoryOf(report, room)}</b>
            <small>{joined(whereOf(report, room), stateName(report.state, tr))}</small>
          </span>
          <em>{text.when(report.changed_at, now)}</em>
        </button>
      ))}
      {sorted.length > most && (
        <button class="row further" onClick={() => setMost(most + ROWS)}>
          {fill(tr("+{count} lagi"), { count: text.number(sorted.length - most) })}
        </button>
      )}
    </div>
  );
}
