/** The reports of one mark on the map. */
import type { JSX } from "preact";
import { useRoom, useSubjects } from "../room";
import { fill } from "../wording";
import { Head, ReportRows } from "./parts";

export function ReportsSheet({ ids }: { ids: readonly string[] }): JSX.Element {
  const { tr, text } = useRoom();
  const store = useSubjects("report", "city");
  const reports = ids.flatMap((id) => store.all("report").get(id)?.body ?? []);
  return (
    <>
      <Head title={fill(tr("{count} laporan"), { count: text.number(reports.length) })} below={tr("Berdekatan di peta")} />
      <ReportRows reports={reports} />
    </>
  );
}
