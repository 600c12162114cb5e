/** Everything that has a mark on the map, as a list: the way to it for whoever does not see the map, or does not touch it. */
import type { JSX } from "preact";
import { HAZARD_ICONS, Icon } from "../icons";
import { IncidentMark } from "../marks";
import { useNow, useRoom, useSubjects } from "../room";
import { countOf, severityColour } from "../urgent";
import { fill } from "../wording";
import { Head, Part, ReportRows } from "./parts";

export function AllSheet(): JSX.Element {
  const { tr, text } = useRoom();
  const store = useSubjects("report", "city");
  const reports = store.bodies("report");
  return (
    <>
      <Head title={tr("Semua laporan")} below={fill(tr("{count} laporan"), { count: text.number(reports.length) })} />
      <Incidents />
      <Warnings />
      <Part title={tr("Laporan")}>
        <ReportRows reports={reports} />
      </Part>
    </>
  );
}

function Incidents(): JSX.Element | null {
  const { tr, text, open } = useRoom();
  const now = useNow(60);
  const incidents = useSubjects("incident").bodies("incident");
  if (incidents.length === 0) return null;
  return (
    <Part title={tr("Insiden")}>
      <div class="rows">
        {incidents.map((incident) => (
          <button key={incident.id} class="row" onClick={() => open({ kind: "incident", id: incident.id })}>
            <IncidentMark incident={incident} size={24} />
            <span>
              <b>{incident.title}</b>
              <small>{fill(tr("{count} laporan · sejak {when}"), { count: text.number(countOf(incident)), when: text.when(incident.since, now) })}</small>
            </span>
          </button>
        ))}
      </div>
    </Part>
  );
}

function Warnings(): JSX.Element | null {
  const { tr, text, open } = useRoom();
  const now = useNow(60);
  const hazards = useSubjects("hazard")
    .bodies("hazard")
    .filter(({ expires_at: ends }) => ends === null || Date.parse(ends) > now);
  if (hazards.length === 0) return null;
  return (
    <Part title={tr("Peringatan")}>
      <div class="rows">
        {hazards.map((hazard) => (
          <button key={hazard.id} class="row" onClick={() => open({ kind: "hazard", id: hazard.id })}>
            <Icon name={HAZARD_ICONS[hazard.kind]} size={22} colour={severityColour(hazard)} />
            <span>
              <b>{hazard.headline.trim() || tr("Peringatan")}</b>
              <small>{[hazard.is_drill ? tr("LATIHAN") : "", hazard.attribution].filter(Boolean).join(" · ")}</small>
            </span>
            <em>{text.when(hazard.issued_at, now)}</em>
          </button>
        ))}
      </div>
    </Part>
  );
}
