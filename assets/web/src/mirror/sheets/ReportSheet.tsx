/** A report: what it is, its proof, its clocks and its history. No word of the citizen but what an operator has passed; no person. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { evidenceOf } from "../cards/Focus";
import type { Due, Moment, Report, State } from "../contract";
import { isOpen } from "../focus";
import { Icon } from "../icons";
import { StateMark } from "../marks";
import { categoryOf, joined, whereOf } from "../panels/words";
import { usePicture } from "../pictures";
import { useNow, useRoom, useSubjects, type Room } from "../room";
import { channelName, fill, priorityName, stateName } from "../wording";
import { Facts, Head, Part } from "./parts";

/** `GET /view/report/ID`. */
interface Told {
  report: Report;
  history: { at: Moment; kind: string; before: State | null; after: State; role: string }[];
  evidence: { photo: string; when: "before" | "after"; taken_at: Moment | null }[];
  clocks: { due: Due; due_at: Moment | null; met_at: Moment | null; standing: "on_time" | "at_risk" | "late" | null }[];
}

export function ReportSheet({ id }: { id: string }): JSX.Element {
  const room = useRoom();
  const { tr, text, city, open } = room;
  const entry = useSubjects("report", "city", "incident").all("report").get(id);
  const now = useNow(30);
  const { told, fault } = useTold(id, entry?.seq ?? 0);
  const report = entry?.body ?? told?.report ?? null;
  if (report === null) return <Head title={`${tr("Laporan")} ${id}`} below={fault ? tr("Laporan ini tidak dapat dibuka sekarang") : tr("memuat")} />;
  const clocks = clocksShown(told?.clocks ?? [], report.state);
  const agency = report.agency === null ? null : (city?.agencyName(report.agency) ?? report.agency);
  return (
    <>
      <Head title={categoryOf(report, room)} below={whereOf(report, room)} mark={<StateMark state={report.state} size={26} />} />
      {report.text !== null && report.text !== "" && <p class="said">{report.text}</p>}
      <Photos report={report} told={told} now={now} />
      <Facts
        pairs={[
          [tr("Status"), joined(stateName(report.state, tr), text.when(report.changed_at, now))],
          [tr("Bukti"), isOpen(report.state) ? null : evidenceOf(report, room)],
          [tr("Masuk"), joined(text.when(report.received_at, now), channelName(report.channel, tr))],
          [tr("Prioritas"), priorityName(report.priority, tr)],
          [tr("OPD"), agency],
          [tr("Serupa"), report.merged > 0 ? fill(tr("+{count} serupa"), { count: text.number(report.merged) }) : null],
          [tr("Nomor"), report.id],
        ]}
      />
      {(report.agency !== null || report.incident !== null) && (
        <div class="leads">
          {report.agency !== null && <button onClick={() => open({ kind: "agency", code: report.agency! })}>{fill(tr("Laporan lain {agency}"), { agency: city?.agencyShort(report.agency) ?? report.agency })}</button>}
          {report.incident !== null && <button onClick={() => open({ kind: "incident", id: report.incident! })}>{tr("Insidennya")}</button>}
        </div>
      )}
      {clocks.length > 0 && (
        <Part title={tr("Tenggat")}>
          <Clocks clocks={clocks} now={now} />
        </Part>
      )}
      <Part title={tr("Riwayat")}>
        {told === null ? (
          <p class="quiet">{fault ? tr("Riwayat tidak dapat dimuat sekarang") : tr("memuat")}</p>
        ) : (
          <ol class="history">
            {[...told.history].reverse().map(({ at, kind, before, after, role }, index) => (
              <li key={`${at} ${index}`}>
                <StateMark state={after} size={13} />
                <span>
                  <b>{eventWord(kind, before, after, tr)}</b>
                  <small>{roleWord(role, tr)}</small>
                </span>
                <em>{text.when(at, now)}</em>
              </li>
            ))}
          </ol>
        )}
      </Part>
    </>
  );
}

/** A report that changes often is asked about no more often than this: each answer is an entry in the audit log. */
const ASK_EVERY_MS = 30_000;

/** What the room's doors know of it beside the bus; asked again when the report has changed. */
function useTold(id: string, seq: number): { told: Told | null; fault: boolean } {
  const { view, isConnected, onTick } = useRoom();
  const [found, setFound] = useState<{ told: Told | null; fault: boolean }>({ told: null, fault: false });
  const newest = useRef(seq);
  newest.current = seq;
  useEffect(() => {
    if (!isConnected) {
      setFound((before) => ({ ...before, fault: before.told === null }));
      return;
    }
    const gone = new AbortController();
    let asked = { seq: -1, at: -Infinity };
    const look = (): void => {
      const now = performance.now();
      if (asked.seq === newest.current || now - asked.at < ASK_EVERY_MS) return;
      asked = { seq: newest.current, at: now };
      view.json<Told>(`report/${encodeURIComponent(id)}`, gone.signal).then(
        (told) => setFound({ told, fault: false }),
        () => !gone.signal.aborted && setFound((before) => ({ ...before, fault: true })),
      );
    };
    look();
    const stop = onTick(look);
    return () => {
      stop();
      gone.abort();
    };
  }, [id, isConnected]);
  return found;
}

function Photos({ report, told, now }: { report: Report; told: Told | null; now: number }): JSX.Element | null {
  const { tr } = useRoom();
  const known = told?.evidence ?? [];
  const before = report.photo_before ?? known.find(({ when }) => when === "before")?.photo ?? null;
  const after = report.photo_after ?? known.find(({ when }) => when === "after")?.photo ?? null;
  if (before === null && after === null) return null;
  const takenAt = (hash: string | null, own: Moment | null): Moment | null => own ?? known.find(({ photo }) => photo === hash)?.taken_at ?? null;
  return (
    <div class="proof">
      <Photo hash={before} at={takenAt(before, report.photo_before_at)} word={tr("Sebelum")} now={now} />
      <Photo hash={after} at={takenAt(after, report.photo_after_at)} word={tr("Sesudah")} now={now} />
    </div>
  );
}

function Photo({ hash, at, word, now }: { hash: string | null; at: Moment | null; word: string; now: number }): JSX.Element {
  const { tr, text, isConnected } = useRoom();
  const url = usePicture(hash);
  return (
    <figure>
      <div class="v">
        {url !== null ? (
          <img src={url} alt={word} />
        ) : (
          <span class="none">
            <Icon name="photo" size={26} />
            {hash === null ? tr("foto belum ada") : isConnected ? "" : tr("foto dimuat saat tersambung")}
          </span>
        )}
      </div>
      <figcaption>{at === null || hash === null ? word : `${word} ${text.when(at, now)}`}</figcaption>
    </figure>
  );
}

/** Clocks that say something: of a report that is closed only those that were met, since nobody waits for the others any more. */
export function clocksShown(clocks: Told["clocks"], state: State): Told["clocks"] {
  return clocks.filter(({ due_at: due, met_at: met }) => due !== null && (met !== null || isOpen(state)));
}

function Clocks({ clocks, now }: { clocks: Told["clocks"]; now: number }): JSX.Element {
  const { tr, text } = useRoom();
  const name = { response: tr("Tanggapan pertama"), acceptance: tr("Diterima"), completion: tr("Selesai") };
  return (
    <dl class="facts-list">
      {clocks.map(({ due, due_at: at, met_at: met }) => {
        const late_s = ((met === null ? now : Date.parse(met)) - Date.parse(at!)) / 1000;
        const age = text.age(Math.max(60, Math.abs(late_s)));
        const words = met === null ? fill(late_s > 0 ? tr("lewat {age}") : tr("sisa {age}"), { age }) : late_s > 0 ? fill(tr("terlambat {age}"), { age }) : tr("tepat waktu");
        return (
          <div key={due}>
            <dt>{name[due]}</dt>
            <dd class={late_s > 0 ? "late" : ""}>{joined(met === null ? "" : text.when(met, now), words)}</dd>
          </div>
        );
      })}
    </dl>
  );
}

function eventWord(kind: string, before: State | null, after: State, tr: Room["tr"]): string {
  if (before !== after) return stateName(after, tr);
  switch (kind) {
    case "answer":
      return tr("Warga dijawab");
    case "progress":
      return tr("Kemajuan dilaporkan");
    case "triage":
      return tr("Dipilah");
    case "note":
      return tr("Catatan");
    case "pass_picture":
      return tr("Foto diperiksa");
    case "hand_back":
      return tr("Dikembalikan ke ruang kendali");
    default:
      return stateName(after, tr);
  }
}

function roleWord(role: string, tr: Room["tr"]): string {
  switch (role) {
    case "operator":
    case "lead":
      return tr("ruang kendali");
    case "field":
      return tr("petugas lapangan");
    case "opd":
    case "head":
      return tr("OPD");
    case "citizen":
      return tr("warga");
    default:
      return tr("sistem");
  }
}
