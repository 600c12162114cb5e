/** How many supervisors are present, of those expected, by agency. Counts only, never names. */
import type { JSX } from "preact";
import { Card } from "../card";
import { useRoom, useSubjects } from "../room";
import { fill } from "../wording";

export function Presence(): JSX.Element | null {
  const { tr, text, city, open } = useRoom();
  const store = useSubjects("presence", "city");
  const rows = store.bodies("presence").sort((a, b) => b.expected - a.expected || a.agency.localeCompare(b.agency));
  if (rows.length === 0) return null;
  return (
    <Card topic="presence" title={tr("Petugas hadir")}>
      <div class="presence">
        {rows.map(({ agency, present, expected }) => (
          <button key={agency} onClick={() => open({ kind: "agency", code: agency })}>
            <span>{city?.agencyShort(agency) ?? agency}</span>
            <progress max={Math.max(1, expected)} value={Math.min(present, expected)} aria-hidden />
            <b aria-label={fill(tr("{part} dari {whole}"), { part: text.bounded(present), whole: text.bounded(expected) })}>
              {text.bounded(present)}
              <i>/{expected > 0 ? text.bounded(expected) : "—"}</i>
            </b>
          </button>
        ))}
      </div>
    </Card>
  );
}
