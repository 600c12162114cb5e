/** Reports as they come in, newest on top, each with the mark of what has become of it since. Counts nothing. */
import type { JSX } from "preact";
import { Card } from "../card";
import type { Report, TickerLine } from "../contract";
import { CHANNEL_ICONS, Icon } from "../icons";
import { StateMark } from "../marks";
import { useNow, useRoom, useSubjects } from "../room";
import type { Store } from "../store";
import { channelName, stateName } from "../wording";

const MOST_ROWS = 6;

/** One row a report, sorted by when it came in, newest first; the state is the newest known. */
export function tickerRows(store: Pick<Store, "lines" | "all">, most: number): TickerLine[] {
  const rows = new Map<string, TickerLine>();
  for (const { body } of store.lines) {
    const known = rows.get(body.report);
    rows.set(body.report, known !== undefined && known.at < body.at ? { ...body, at: known.at } : body);
  }
  const reports = store.all("report");
  return [...rows.values()]
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at) || a.report.localeCompare(b.report))
    .slice(0, most)
    .map((line) => ({ ...line, state: reports.get(line.report)?.body.state ?? line.state }));
}

/** The same of one agency's reports: whoever sees that agency alone gets no lines of the city. */
export function ownRows(reports: readonly Report[], most: number): TickerLine[] {
  return [...reports]
    .sort((a, b) => Date.parse(b.received_at) - Date.parse(a.received_at) || a.id.localeCompare(b.id))
    .slice(0, most)
    .map(({ id, state, category, category_name, channel, priority, received_at, district, place }) => ({ report: id, state, category, category_name, channel, priority, at: received_at, district, place }));
}

export function incomingRows(scope: string, store: Pick<Store, "lines" | "all" | "bodies">, most: number): TickerLine[] {
  return scope === "city" ? tickerRows(store, most) : ownRows(store.bodies("report"), most);
}

export function Ticker(): JSX.Element {
  const { tr, text, city, open, scope } = useRoom();
  const store = useSubjects("ticker", "report", "city");
  const now = useNow(60);
  const rows = incomingRows(scope, store, MOST_ROWS);
  return (
    <Card topic={scope === "city" ? "ticker" : "report"} title={tr("Laporan masuk")} class="rows">
      {rows.length === 0 && <p class="quiet">{tr("Belum ada laporan")}</p>}
      {rows.map((line) => {
        const district = city?.districtName(line.district) ?? null;
        const where = [...new Set([line.place, district].filter((part) => part !== null && part !== ""))].join(", ") || tr("tanpa lokasi");
        return (
          <button key={line.report} class="row" data-report={line.report} onClick={() => open({ kind: "report", id: line.report })}>
            <StateMark state={line.state} size={18} label={stateName(line.state, tr)} />
            <span>
              <b>{city?.categoryName(line.category, line.category_name) ?? line.category_name ?? line.category}</b>
              <small>{where}</small>
            </span>
            <em>
              <span>{text.when(line.at, now)}</span>
              <span class="channel">
                <Icon name={CHANNEL_ICONS[line.channel]} size={15} />
                {channelName(line.channel, tr)}
              </span>
            </em>
          </button>
        );
      })}
    </Card>
  );
}
