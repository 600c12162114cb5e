/** One report at full length: what it was, what became of it, and the proof. Approved pictures only, by their hash. */
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { Card } from "../card";
import type { Report } from "../contract";
import { focusOf, isOpen, rankOf } from "../focus";
import { Icon } from "../icons";
import { StateMark } from "../marks";
import { usePicture } from "../pictures";
import { useNow, useRoom, useSubjects, type Room } from "../room";
import { fill, priorityName, stateName } from "../wording";

/** A report stays at least this long, so that a storm does not turn the proof into a flicker. */
const DWELL_MS = 10_000;

export function FocusCard(): JSX.Element {
  const { tr, store } = useRoom();
  const { report, now } = useFocus();
  return (
    <Card topic="report" title={tr("Laporan pilihan")} seq={report === null ? null : (store.all("report").get(report.id)?.seq ?? null)}>
      {report === null ? <p class="quiet">{tr("Belum ada laporan")}</p> : <FocusBody report={report} now={now} />}
    </Card>
  );
}

/** The chosen report, and the time its ages are counted to. */
export function useFocus(): { report: Report | null; now: number } {
  const store = useSubjects("report", "city");
  const now = useNow(10);
  const shown = useRef<{ id: string; since: number } | null>(null);
  return { report: dwelling(store.all("report"), shown, now), now };
}

export function FocusBody({ report, now }: { report: Report; now: number }): JSX.Element {
  const room = useRoom();
  return (
    <button class="focus" data-report={report.id} onClick={() => room.open({ kind: "report", id: report.id })}>
      <span class="facts">
        <StateMark state={report.state} size={18} />
        <span>
          <b>{room.city?.categoryName(report.category, report.category_name) ?? report.category_name ?? report.category}</b>
          {factsOf(report, room, now).map((fact) => (
            <small key={fact}>{fact}</small>
          ))}
        </span>
      </span>
      {report.text !== null && report.text !== "" && <span class="words">{report.text}</span>}
      <Photos report={report} now={now} />
    </button>
  );
}

function dwelling(reports: ReadonlyMap<string, { body: Report }>, shown: { current: { id: string; since: number } | null }, now: number): Report | null {
  const best = focusOf([...reports.values()].map(({ body }) => body));
  const kept = shown.current === null ? undefined : reports.get(shown.current.id)?.body;
  if (best === null) return null;
  const mayStay = kept !== undefined && now - shown.current!.since < DWELL_MS && rankOf(best)[0] <= rankOf(kept)[0];
  if (mayStay || best.id === kept?.id) return kept ?? best;
  shown.current = { id: best.id, since: now };
  return best;
}

function factsOf(report: Report, { tr, text, city }: Room, now: number): string[] {
  const district = report.is_outside ? tr("di luar batas kota") : (city?.districtName(report.district) ?? null);
  const where = [...new Set([report.place, district].filter((part) => part !== null && part !== ""))].join(", ") || tr("tanpa lokasi");
  const end = isOpen(report.state) ? now : Date.parse(report.changed_at);
  const took = text.age((end - Date.parse(report.received_at)) / 1000);
  const agency = city?.agencyShort(report.agency) ?? null;
  const state = `${stateName(report.state, tr)} ${text.when(report.changed_at, now)}`;
  return [where, [state, took, agency].filter(Boolean).join(" · "), evidenceOf(report, { tr, text })].filter(Boolean);
}

export function evidenceOf(report: Report, { tr, text }: Pick<Room, "tr" | "text">): string {
  if (isOpen(report.state)) return priorityName(report.priority, tr);
  if (report.is_exempt) return tr("Tanpa foto, disetujui");
  if (report.evidence_ok === null) return report.state === "done" ? tr("Bukti belum diperiksa") : "";
  const words = report.evidence_ok ? tr("Bukti sesuai") : tr("Bukti tidak sesuai");
  const metres = report.evidence_distance_m;
  if (metres === null) return words;
  const distance = metres < 1000 ? `${text.number(metres)} m` : `${text.number(metres / 1000, 1)} km`;
  return report.evidence_ok ? `${words} · ${tr("jarak")} ${distance}` : `${words} · ${distance}`;
}

function Photos({ report, now }: { report: Report; now: number }): JSX.Element | null {
  const { tr } = useRoom();
  const hasAfter = report.photo_after !== null || (!isOpen(report.state) && !report.is_exempt);
  if (report.photo_before === null && report.photo_after === null) return null;
  const without = report.evidence_ok === null ? tr("foto belum ada") : tr("foto tidak ditampilkan");
  return (
    <span class="photos">
      <Photo hash={report.photo_before} at={report.photo_before_at} word={tr("Sebelum")} without={tr("foto belum ada")} now={now} />
      {hasAfter && <Photo hash={report.photo_after} at={report.photo_after_at} word={tr("Sesudah")} without={without} now={now} />}
    </span>
  );
}

function Photo({ hash, at, word, without, now }: { hash: string | null; at: string | null; word: string; without: string; now: number }): JSX.Element {
  const { tr, text, isConnected } = useRoom();
  const url = usePicture(hash);
  const missing = hash === null ? without : isConnected ? "" : tr("foto dimuat saat tersambung");
  const caption = at === null || hash === null ? word : fill("{word} {time}", { word, time: text.when(at, now) });
  return (
    <span class="photo">
      <span class="v">
        {url !== null ? (
          <img src={url} alt={word} decoding="async" />
        ) : (
          <span class="none">
            <Icon name="photo" size={26} />
            {missing}
          </span>
        )}
      </span>
      <small>{caption}</small>
    </span>
  );
}
