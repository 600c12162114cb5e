/** What citizens have told: the day's sum, what comes in, the chosen report, what waits too long, and how the last weeks went. */
import type { JSX } from "preact";
import { FocusBody, useFocus } from "../cards/Focus";
import { incomingRows } from "../cards/Ticker";
import type { Deadline, EvaluationRow, State } from "../contract";
import { CHANNEL_ICONS, Icon } from "../icons";
import { StateMark } from "../marks";
import { useNow, useRoom, useSubjects, type Room } from "../room";
import { channelName, dueName, fill, priorityName, stateName } from "../wording";
import { Nothing, Panel, Rows } from "./Panel";
import { checkedAt } from "./status";
import { categoryOf, joined, whereOf } from "./words";

const TERMS: readonly [name: "received" | State, mark: boolean][] = [
  ["received", false],
  ["new", true],
  ["forwarded", true],
  ["working", true],
  ["done", true],
  ["declined", true],
  ["duplicate", false],
  ["invalid", false],
];

/** `Laporan hari ini sejak 00.00 · per 14.32.08 · log laporan`. */
export function totalsStamp({ store, tr, text }: Pick<Room, "store" | "tr" | "text">): string {
  const totals = store.one("totals")?.body;
  if (totals === undefined) return tr("Belum ada hitungan");
  const opening = text.isSameDay(totals.since, totals.at)
    ? fill(tr("Laporan hari ini sejak {time}"), { time: text.minute(totals.since) })
    : fill(tr("Laporan sejak {date}"), { date: text.dated(totals.since, totals.at) });
  const carried = totals.carried > 0 ? fill(tr("termasuk {count} dari hari sebelumnya"), { count: text.number(totals.carried) }) : "";
  return joined(opening, `${tr("per")} ${text.clock(totals.at)}`, tr("log laporan"), carried);
}

export function Totals(): JSX.Element {
  const room = useRoom();
  const { tr, text, open } = room;
  const entry = useSubjects("totals").one("totals");
  const totals = entry?.body ?? null;
  const again = tr("{count} dibuka lagi").split("{count}");
  const value = (name: "received" | State): number | null => (totals === null ? null : name === "new" ? totals.new + totals.reopened : totals[name]);
  const parts = totals === null ? 0 : TERMS.slice(1).reduce((sum, [name]) => sum + totals[name], totals.reopened);
  const isOff = totals !== null && parts !== totals.received;
  return (
    <Panel name="totals" title={tr("Jumlah laporan")} topics={["totals"]} seq={entry?.seq} isBare>
      <button class="sum" aria-label={tr("Jumlah laporan")} onClick={() => open({ kind: "indicator", topic: "totals" })}>
        {TERMS.map(([name, hasMark], index) => (
          <span key={name} class="term">
            <span class="count">
              {index > 0 && <i>{index === 1 ? "=" : "+"}</i>}
              {hasMark && <StateMark state={name as State} size={20} />}
              <b data-total={name}>{text.number(value(name))}</b>
            </span>
            <span class="label">{name === "received" ? tr("Masuk") : stateName(name, tr)}</span>
            {name === "new" && totals !== null && totals.reopened > 0 && (
              <span class="detail">
                {again[0]}
                <span data-total="reopened">{text.number(totals.reopened)}</span>
                {again[1]}
              </span>
            )}
          </span>
        ))}
      </button>
      <p class={isOff ? "stamp off" : "stamp"}>
        {isOff ? fill(tr("Jumlah laporan tidak cocok: {received} masuk, {parts} menurut status"), { received: text.number(totals.received), parts: text.number(parts) }) : totalsStamp(room)}
      </p>
    </Panel>
  );
}

export function Ticker(): JSX.Element {
  const room = useRoom();
  const { tr, text, open, scope } = room;
  const store = useSubjects("ticker", "report", "city");
  const now = useNow(15);
  const rows = incomingRows(scope, store, 60);
  const channels = new Set(rows.map(({ channel }) => channel)).size;
  const asOf = checkedAt(store, "ticker") ?? store.lines.at(-1)?.body.at ?? rows[0]?.at ?? null;
  const meta = joined(asOf === null ? "" : `${tr("per")} ${text.clock(asOf)}`, channels > 0 && `${channels} ${tr("kanal")}`);
  const age = (at: string): string => {
    const age_s = (now - Date.parse(at)) / 1000;
    return age_s < 60 ? tr("baru saja") : age_s >= 36_000 ? text.shortAge(age_s) : text.age(age_s);
  };
  return (
    <Panel name="ticker" title={tr("Laporan masuk")} topics={["report"]} meta={meta}>
      {rows.length === 0 && <Nothing topic="report" words={tr("Belum ada laporan")} waiting={tr("Menunggu laporan pertama")} />}
      <Rows onMore={() => open({ kind: "all" })}>
        {rows.map((line) => {
          const report = store.all("report").get(line.report)?.body;
          const isAlarm = (report?.priority ?? line.priority) === "emergency" && (line.state === "new" || line.state === "reopened");
          return (
            <button key={line.report} class={isAlarm ? "line alarm" : "line"} data-report={line.report} onClick={() => open({ kind: "report", id: line.report })}>
              <StateMark state={line.state} size={16} label={stateName(line.state, tr)} />
              <b>{categoryOf(report ?? line, room)}</b>
              <span class="where">{whereOf(report ?? { ...line, is_outside: false }, room)}</span>
              <span class="channel">
                <Icon name={CHANNEL_ICONS[line.channel]} size={15} />
                <span>{channelName(line.channel, tr)}</span>
              </span>
              <em>{age(report?.received_at ?? line.at)}</em>
            </button>
          );
        })}
      </Rows>
    </Panel>
  );
}

/** As of when the report stands so, by which channel it came, and how many say the same. */
export function Focus(): JSX.Element {
  const room = useRoom();
  const { tr, text } = room;
  const { report, now } = useFocus();
  const meta =
    report === null ? "" : joined(fill(tr("per {when}"), { when: text.when(report.changed_at, now) }), channelName(report.channel, tr), report.merged > 0 && fill(tr("+{count} serupa"), { count: text.number(report.merged) }));
  return (
    <Panel name="focus" title={tr("Laporan pilihan")} topics={["report"]} meta={meta} seq={report === null ? undefined : room.store.all("report").get(report.id)?.seq}>
      {report === null ? <Nothing topic="report" words={tr("Belum ada laporan")} waiting={tr("Menunggu laporan pertama")} /> : <FocusBody report={report} now={now} />}
    </Panel>
  );
}

export function AtRisk(): JSX.Element {
  const room = useRoom();
  const { tr, text, open } = room;
  const store = useSubjects("deadline", "deadline.totals", "city");
  const now = useNow(15);
  const rows = store.bodies("deadline").sort((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at) || (a.report < b.report ? -1 : 1));
  const totals = store.one("deadline.totals")?.body ?? null;
  const asOf = totals?.as_of ?? checkedAt(store, "deadline");
  const meta = joined(asOf === null ? "" : `${tr("per")} ${text.when(asOf, now)}`, tr("log laporan"), ...countsOf(rows, room, now));
  return (
    <Panel name="at_risk" title={tr("Tenggat laporan")} topics={["deadline", "deadline.totals"]} meta={meta}>
      {rows.length === 0 && <Nothing topic="deadline" words={tr("Tidak ada laporan yang hampir atau sudah terlambat")} />}
      <Rows>
        {rows.map((row) => {
          const left_s = (Date.parse(row.due_at) - now) / 1000;
          const age = text.age(Math.max(60, Math.abs(left_s)));
          return (
            <button key={row.report} class={row.priority === "emergency" ? "due emergency" : "due"} data-report={row.report} onClick={() => open({ kind: "report", id: row.report })}>
              <StateMark state={row.state} size={16} label={stateName(row.state, tr)} />
              <span class="what">
                <b>{categoryOf(row, room)}</b>
                <small>{dueLine(row, room)}</small>
              </span>
              <em class={left_s < 0 ? "plate over" : "plate near"}>{fill(left_s < 0 ? tr("lewat {age}") : tr("sisa {age}"), { age })}</em>
            </button>
          );
        })}
      </Rows>
    </Panel>
  );
}

function dueLine(row: Deadline, { tr, city }: Room): string {
  return joined(priorityName(row.priority, tr).toLowerCase(), dueName(row.due, tr), city?.agencyShort(row.agency) ?? tr("belum ada OPD"), city?.districtName(row.district) ?? tr("tanpa lokasi"));
}

/** `317 terlambat`, `140 hampir`; none is left out. What the list saw run over since all were counted has changed sides. */
function countsOf(rows: readonly Deadline[], { store, tr, text }: Room, now: number): string[] {
  const totals = store.one("deadline.totals")?.body ?? null;
  let late = rows.filter(({ due_at }) => Date.parse(due_at) < now).length;
  let near = rows.length - late;
  if (totals !== null) {
    const [allLate, allNear] = (["late", "at_risk"] as const).map((side) => totals.response[side] + totals.acceptance[side] + totals.completion[side]) as [number, number];
    const counted = Date.parse(totals.as_of);
    const over = Math.min(rows.filter(({ due_at }) => counted < Date.parse(due_at) && Date.parse(due_at) < now).length, Math.max(0, allNear));
    [late, near] = [allLate + over, allNear - over];
  }
  return [late > 0 ? fill(tr("{count} terlambat"), { count: text.number(late) }) : "", near > 0 ? fill(tr("{count} hampir"), { count: text.number(near) }) : ""];
}

type Cut = "agency" | "category" | "district";

export function EvaluationPanel({ options }: { options: Record<string, unknown> }): JSX.Element {
  const room = useRoom();
  const { tr, text, open } = room;
  const entry = useSubjects("evaluation", "city").one("evaluation");
  const now = useNow(60);
  const found = entry?.body ?? null;
  const by: Cut = options["by"] === "category" || options["by"] === "district" ? options["by"] : "agency";
  const meta = found === null ? "" : joined(`${tr("per")} ${text.when(found.as_of, now)}`, tr("log laporan"), fill(tr("{count} hari terakhir"), { count: found.days }), tr("lamanya: nilai tengah"));
  const rows = found === null ? [] : { agency: found.agencies, category: found.categories, district: found.districts }[by];
  const heading = { agency: tr("OPD"), category: tr("Kategori"), district: tr("Kecamatan") }[by];
  return (
    <Panel name="evaluation" title={tr("Evaluasi laporan")} topics={["evaluation"]} meta={meta} seq={entry?.seq}>
      {found === null || found.total.received === 0 ? (
        <Nothing topic="evaluation" words={tr("Belum ada laporan untuk dievaluasi")} />
      ) : (
        <table>
          <thead>
            <tr>
              <th>{heading}</th>
              <th>{tr("Masuk")}</th>
              <th>{tr("Selesai")}</th>
              <th>{tr("Langsung")}</th>
              <th>{tr("Terlambat")}</th>
              <th class="wide">{tr("Ditanggapi")}</th>
              <th class="wide">{tr("Tuntas")}</th>
            </tr>
          </thead>
          <tbody>
            {[found.total, ...rows].map((row, index) => (
              <tr key={`${index} ${row.code}`} class={index === 0 ? "all" : ""}>
                <th scope="row">
                  {index > 0 && by === "agency" && row.code !== null && row.groups <= 1 ? (
                    <button onClick={() => open({ kind: "agency", code: row.code! })}>{nameOf(row, by, room)}</button>
                  ) : index === 0 ? (
                    fill(tr("Semua, {count} hari"), { count: found.days })
                  ) : (
                    nameOf(row, by, room)
                  )}
                </th>
                <td>{text.bounded(row.received)}</td>
                <td>{text.percent(row.received > 0 ? (100 * row.done) / row.received : null, 0)}</td>
                <td>{text.percent(row.settled > 0 ? (100 * row.direct) / row.settled : null, 0)}</td>
                <td class={row.late === 0 ? "none" : ""}>{text.bounded(row.late)}</td>
                <td class="wide">{durationOf(row.respond_h, room)}</td>
                <td class="wide">{durationOf(row.finish_h, room)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function nameOf(row: EvaluationRow, by: Cut, { tr, city }: Room): string {
  if (row.groups > 1) return fill(tr("{count} lainnya"), { count: row.groups });
  if (row.code === null) return { agency: tr("belum ada OPD"), category: tr("tanpa kategori"), district: tr("tanpa lokasi") }[by];
  const known = { agency: city?.agencyShort(row.code), category: city?.categoryName(row.code, row.name), district: city?.districtName(row.code) }[by];
  return (known ?? row.name ?? row.code).trim() || tr("tanpa nama");
}

/** `43 mnt`, `2,7 j`, `3,1 hr`: medians. */
function durationOf(hours: number | null, { text }: Room): string {
  if (hours === null) return "—";
  if (hours < 1) return text.shortAge(Math.max(60, 3600 * hours));
  const [unit_s, scale] = hours < 48 ? [3600, 1] : [86_400, 24];
  return `${text.bounded(hours / scale, 1)} ${text.shortAge(unit_s).split(" ").at(-1)}`;
}
