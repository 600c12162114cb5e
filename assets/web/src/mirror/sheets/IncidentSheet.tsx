/** An incident: many reports of one thing, counted as the room counts them, and the reports themselves. */
import type { JSX } from "preact";
import { IncidentMark } from "../marks";
import { useNow, useRoom, useSubjects } from "../room";
import { countOf } from "../urgent";
import { fill } from "../wording";
import { Facts, Head, Part, ReportRows } from "./parts";

export function IncidentSheet({ id }: { id: string }): JSX.Element {
  const { tr, text, city } = useRoom();
  const store = useSubjects("incident", "report", "city");
  const now = useNow(60);
  const incident = store.all("incident").get(id)?.body ?? null;
  if (incident === null) return <Head title={tr("Insiden")} below={tr("Insiden ini sudah berakhir")} />;
  const places = incident.districts.map((code) => city?.districtName(code) ?? code).join(", ");
  return (
    <>
      <Head title={incident.title} below={fill(tr("{count} laporan · sejak {when}"), { count: text.number(countOf(incident)), when: text.when(incident.since, now) })} mark={<IncidentMark incident={incident} size={30} />} />
      <Facts
        pairs={[
          [tr("Kecamatan"), places],
          [tr("Baru"), text.number(incident.new)],
          [tr("Diteruskan"), text.number(incident.forwarded)],
          [tr("Dikerjakan"), text.number(incident.working)],
          [tr("Selesai"), text.number(incident.done)],
        ]}
      />
      <Part title={tr("Laporan")}>
        <ReportRows reports={store.bodies("report").filter((report) => report.incident === id)} />
      </Part>
    </>
  );
}
