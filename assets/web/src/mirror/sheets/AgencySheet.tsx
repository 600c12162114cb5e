/** An agency: who is present, how it stands by its figures, and its reports. */
import type { JSX } from "preact";
import { useRoom, useSubjects } from "../room";
import { fill } from "../wording";
import { Facts, Head, Part, ReportRows } from "./parts";

export function AgencySheet({ code }: { code: string }): JSX.Element {
  const { tr, text, city } = useRoom();
  const store = useSubjects("report", "presence", "finance", "progress", "evaluation", "deadline", "city");
  const here = store.bodies("report").filter(({ agency }) => agency === code);
  const presence = store.all("presence").get(code)?.body ?? store.bodies("presence").find(({ agency }) => agency === code) ?? null;
  const finance = store.one("finance")?.body.agencies.find(({ agency }) => agency === code) ?? null;
  const critical = store.one("progress")?.body.critical.filter(({ agency }) => agency === code) ?? [];
  const row = store.one("evaluation")?.body.agencies.find((one) => one.code === code) ?? null;
  const late = store.bodies("deadline").filter(({ agency, is_late: isLate }) => agency === code && isLate).length;
  return (
    <>
      <Head title={city?.agencyName(code) ?? code} below={city?.agencyShort(code) ?? ""} />
      <Facts
        pairs={[
          [tr("Petugas hadir"), presence === null ? null : fill(tr("{part} dari {whole}"), { part: text.bounded(presence.present), whole: text.bounded(presence.expected) })],
          [tr("Deviasi keuangan"), finance === null ? null : `${text.bounded(finance.deviation, 1, true)} ${tr("poin")}`],
          [tr("Kontrak kritis"), critical.length === 0 ? null : critical.map(({ name, deviation }) => `${name} ${text.bounded(deviation, 1)}`).join("; ")],
          [tr("Lewat tenggat"), late === 0 ? null : text.number(late)],
          [tr("Selesai"), row === null || row.received === 0 ? null : fill(tr("{share} dari {count} laporan"), { share: text.percent((100 * row.done) / row.received, 0), count: text.number(row.received) })],
        ]}
      />
      <Part title={`${tr("Laporan")} · ${text.number(here.length)}`}>
        <ReportRows reports={here} />
      </Part>
    </>
  );
}
