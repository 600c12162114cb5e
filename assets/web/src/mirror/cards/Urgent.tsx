/** What is urgent, in at most three rows: an incident, a report over its time, a warning. */
import type { JSX } from "preact";
import { Card } from "../card";
import type { Hazard } from "../contract";
import { through } from "../freshness";
import { HAZARD_ICONS, Icon } from "../icons";
import { IncidentMark, StateMark } from "../marks";
import { useLink, useNow, useRoom, useSubjects, type Room, type Sheet } from "../room";
import { calmWords, severityColour, urgentOf, type Urgent } from "../urgent";
import { fill } from "../wording";

interface Row {
  mark: JSX.Element;
  name: string;
  below: string;
  beside: string[];
  sheet: Sheet;
}

const SHOWN = ["incident", "deadline", "hazard"] as const;

export function UrgentCard(): JSX.Element {
  const room = useRoom();
  const { tr, open } = room;
  const store = useSubjects(...SHOWN, "city");
  const now = useNow(15);
  const rows = urgentOf(store.bodies("incident"), store.bodies("deadline"), store.bodies("hazard"), now);
  const link = useLink();
  const names = { incident: tr("Insiden"), deadline: tr("Tenggat"), hazard: tr("Peringatan") };
  const told = SHOWN.map((topic) => [names[topic], through(link, store.fresh(topic).state)] as const);
  return (
    <Card topic="incident" others={["deadline", "hazard"]} label={tr("Mendesak")} class="rows">
      {rows.length === 0 && <p class="quiet">{calmWords(told, tr)}</p>}
      {rows.map((row) => {
        const { mark, name, below, beside, sheet } = rowOf(row, room, now);
        return (
          <button key={row.kind} class="row" onClick={() => open(sheet)} {...(sheet.kind === "report" ? { "data-report": sheet.id } : {})}>
            {mark}
            <span>
              <b>{name}</b>
              <small>{below}</small>
            </span>
            <em>
              {beside.map((line) => (
                <span key={line}>{line}</span>
              ))}
            </em>
          </button>
        );
      })}
    </Card>
  );
}

function rowOf(row: Urgent, room: Room, now: number): Row {
  const { tr, text, city } = room;
  if (row.kind === "incident") {
    const { incident, waiting, count } = row;
    const counted = fill(tr("Insiden, {count} laporan, {waiting} belum diterima"), { count: text.number(count), waiting: text.number(waiting) });
    return { mark: <IncidentMark incident={incident} size={26} />, name: incident.title, below: counted, beside: [text.age(Math.max(60, (now - Date.parse(incident.since)) / 1000))], sheet: { kind: "incident", id: incident.id } };
  }
  if (row.kind === "overdue") {
    const { deadline, over_s } = row;
    const place = city?.districtName(deadline.district) ?? "";
    const name = city?.categoryName(deadline.category, deadline.category_name) ?? deadline.category_name ?? deadline.category;
    const below = [place, waitsFor(row, room)].filter(Boolean).join(", ");
    return { mark: <StateMark state={deadline.state} size={20} />, name, below, beside: [tr("lewat SLA"), text.age(Math.max(60, over_s))], sheet: { kind: "report", id: deadline.report } };
  }
  const { hazard } = row;
  return {
    mark: <Icon name={HAZARD_ICONS[hazard.kind]} size={24} colour={severityColour(hazard)} />,
    name: hazard.headline,
    below: placesOf(hazard, room),
    beside: [hazardTime(hazard, room, now), hazard.attribution],
    sheet: { kind: "hazard", id: hazard.id },
  };
}

function waitsFor({ deadline }: Extract<Urgent, { kind: "overdue" }>, { tr, city }: Room): string {
  const agency = city?.agencyShort(deadline.agency) ?? null;
  if (deadline.due === "response") return tr("belum ditanggapi");
  if (agency === null) return tr("belum ada OPD");
  return fill(deadline.due === "acceptance" ? tr("{agency} belum terima") : tr("{agency} belum selesai"), { agency });
}

function placesOf(hazard: Hazard, { tr, city }: Room): string {
  const names = hazard.districts.map((code) => city?.districtName(code) ?? code);
  const where = names.length > 0 ? names.join(", ") : (hazard.area ?? tr("Peringatan"));
  return hazard.is_drill ? `${tr("Latihan")} · ${where}` : where;
}

function hazardTime(hazard: Hazard, { tr, text }: Room, now: number): string {
  if (hazard.expires_at === null) return text.when(hazard.issued_at, now);
  return fill(tr("s.d. {time}"), { time: text.when(hazard.expires_at, now) });
}
