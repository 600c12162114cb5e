/** Keuangan, Fisik, Pengadaan: the value, what it is held against, the curve or the funnel, and whoever is behind. */
import type { JSX } from "preact";
import type { Light } from "../contract";
import { LightMark } from "../marks";
import { useNow, useRoom, useSubjects, type Room } from "../room";
import { fill } from "../wording";
import { Curve } from "./chart";
import { elapsedOf } from "./gaps";
import { Nothing, Panel, Rows } from "./Panel";
import { joined } from "./words";

interface HeadlineProps {
  value: number | null;
  reference: string;
  below: string;
  deviation?: number | null;
  light?: Light;
  beside?: string;
  topic: "finance" | "progress" | "procurement";
}

function Headline({ value, reference, below, deviation, light = "grey", beside, topic }: HeadlineProps): JSX.Element {
  const { tr, text, open } = useRoom();
  return (
    <button class="headline" onClick={() => open({ kind: "indicator", topic })}>
      <span class="kpi">
        {text.bounded(value, 1)}
        {value !== null && <i>%</i>}
      </span>
      <span class="against">
        <span>{reference}</span>
        {beside !== undefined ? (
          <span>{beside}</span>
        ) : (
          <b>
            <LightMark light={light} size={13} />
            {text.bounded(deviation ?? null, 1, true)}
            {deviation !== null && deviation !== undefined && <i>{tr("poin")}</i>}
          </b>
        )}
      </span>
      <span class="below">{below}</span>
    </button>
  );
}

/** How many rows of the source the figures leave out; empty for none. */
export function excludedWords(rows: number, { tr, text }: Pick<Room, "tr" | "text">): string {
  return rows <= 0 ? "" : fill(tr("{count} baris dikecualikan"), { count: text.number(rows) });
}

/** The head of an agency is told of that agency alone: then the city's value and curve have no place, not a dash. */
export function isToldOfCity({ planned, actual }: { planned: { values: unknown[] }; actual: { values: unknown[] } }, value: number | null): boolean {
  return value !== null || planned.values.length + actual.values.length > 0;
}

export function Keuangan(): JSX.Element {
  const room = useRoom();
  const { tr, text } = room;
  const entry = useSubjects("finance", "city").one("finance");
  const now = useNow(60);
  const finance = entry?.body ?? null;
  const meta = finance === null ? "" : joined(fill(tr("per {when}"), { when: text.dated(finance.as_of, now) }), finance.source, excludedWords(finance.excluded_rows, room));
  return (
    <Panel name="keuangan" title={tr("Keuangan")} topics={["finance"]} meta={meta} seq={entry?.seq}>
      {finance === null ? (
        <Nothing topic="finance" words={tr("Belum ada data")} />
      ) : (
        <div class="figure">
          {isToldOfCity(finance, finance.absorption.value) && (
            <>
              <Headline
                topic="finance"
                value={finance.absorption.value}
                reference={fill(tr("target {percent}"), { percent: text.percent(finance.target) })}
                below={fill(tr("{part} dari {whole}"), { part: text.rupiah(finance.absorption.numerator), whole: text.rupiah(finance.absorption.denominator) })}
                deviation={finance.deviation}
                light={finance.light}
              />
              <Curve planned={finance.planned.values} actual={finance.actual.values} elapsed={elapsedOf(finance)} plan={tr("target")} label={`${tr("Keuangan")} ${text.percent(finance.absorption.value)}`} />
            </>
          )}
          <Deviations agencies={finance.agencies} />
        </div>
      )}
    </Panel>
  );
}

/** Deviation by agency, the latest first: late bars grow to the left of the zero line, early ones to the right. */
function Deviations({ agencies }: { agencies: { agency: string; deviation: number | null; light: Light }[] }): JSX.Element {
  const { tr, text, city, open } = useRoom();
  const shown = [...agencies].sort((a, b) => Number(a.deviation === null) - Number(b.deviation === null) || (a.deviation ?? 0) - (b.deviation ?? 0));
  const late = Math.max(0, ...shown.map(({ deviation }) => -(deviation ?? 0)));
  const early = Math.max(0, ...shown.map(({ deviation }) => deviation ?? 0));
  const whole = late + early || 1;
  return (
    <div class="rest">
      <p class="list-head">
        <span>{tr("Deviasi OPD")}</span>
        <span>{tr("poin")}</span>
      </p>
      <Rows>
        {shown.map(({ agency, deviation, light }) => (
          <button key={agency} class="deviation" onClick={() => open({ kind: "agency", code: agency })}>
            <span class="sign">
              <LightMark light={light} size={11} />
            </span>
            <span class="who">{city?.agencyShort(agency) ?? agency}</span>
            <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden>
              {deviation !== null && (
                <rect x={deviation < 0 ? (100 * (late + deviation)) / whole : (100 * late) / whole} y="1.4" width={(100 * Math.abs(deviation)) / whole} height="7.2" class={light} />
              )}
              <rect x={Math.min(99.2, (100 * late) / whole)} y="0" width="0.8" height="10" class="zero" />
            </svg>
            <b>{text.bounded(deviation, 1, true)}</b>
          </button>
        ))}
      </Rows>
    </div>
  );
}

export function Fisik(): JSX.Element {
  const room = useRoom();
  const { tr, text, open } = room;
  const entry = useSubjects("progress", "city").one("progress");
  const now = useNow(60);
  const progress = entry?.body ?? null;
  const meta = progress === null ? "" : joined(fill(tr("per {when}"), { when: text.dated(progress.as_of, now) }), progress.source, excludedWords(progress.excluded_rows, room));
  return (
    <Panel name="fisik" title={tr("Fisik")} topics={["progress"]} meta={meta} seq={entry?.seq}>
      {progress === null ? (
        <Nothing topic="progress" words={tr("Belum ada data")} />
      ) : (
        <div class="figure">
          {isToldOfCity(progress, progress.progress.value) && (
            <>
              <Headline
                topic="progress"
                value={progress.progress.value}
                reference={fill(tr("rencana {percent}"), { percent: text.percent(progress.planned_value) })}
                below={fill(tr("Minggu {week} dari {weeks}"), { week: progress.week, weeks: progress.weeks })}
                deviation={progress.deviation}
                light={progress.light}
              />
              <Curve planned={progress.planned.values} actual={progress.actual.values} elapsed={progress.week} plan={tr("rencana")} label={`${tr("Fisik")} ${text.percent(progress.progress.value)}`} />
            </>
          )}
          <div class="rest">
            <p class="list-head strong">
              <span>{tr("Kontrak kritis")}</span>
              <span>{fill(tr("{part} dari {whole}"), { part: text.number(progress.critical.length), whole: text.bounded(progress.contracts) })}</span>
            </p>
            <Rows>
              {[...progress.critical]
                .sort((a, b) => a.deviation - b.deviation)
                .map((contract) => (
                  <button key={contract.id} class="contract" onClick={() => open({ kind: "agency", code: contract.agency })}>
                    <span class="sign">
                      <LightMark light="red" size={12} />
                    </span>
                    <span class="who">{contract.name}</span>
                    <b>{text.bounded(contract.deviation, 1)}</b>
                  </button>
                ))}
            </Rows>
          </div>
        </div>
      )}
    </Panel>
  );
}

export function stageName(stage: string, tr: Room["tr"]): string {
  switch (stage) {
    case "rencana":
      return tr("Rencana");
    case "pengumuman":
      return tr("Pengumuman");
    case "penawaran":
      return tr("Penawaran");
    case "evaluasi":
      return tr("Evaluasi");
    case "penetapan":
      return tr("Penetapan");
    case "kontrak":
      return tr("Kontrak");
    default:
      return stage.charAt(0).toUpperCase() + stage.slice(1);
  }
}

export function Pengadaan(): JSX.Element {
  const room = useRoom();
  const { tr, text } = room;
  const entry = useSubjects("procurement").one("procurement");
  const now = useNow(60);
  const procurement = entry?.body ?? null;
  const meta = procurement === null ? "" : joined(fill(tr("per {when}"), { when: text.when(procurement.as_of, now) }), procurement.source, excludedWords(procurement.excluded_rows, room));
  return (
    <Panel name="pengadaan" title={tr("Pengadaan")} topics={["procurement"]} meta={meta} seq={entry?.seq}>
      {procurement === null ? (
        <Nothing topic="procurement" words={tr("Belum ada data")} />
      ) : (
        <div class="figure">
          <Headline
            topic="procurement"
            value={procurement.announced.value}
            reference={tr("RUP")}
            beside={tr("diumumkan")}
            below={fill(tr("{part} dari {whole}"), { part: text.rupiah(procurement.announced.numerator), whole: text.rupiah(procurement.announced.denominator) })}
          />
          <Stages stages={procurement.stages} />
          <p class="late-packages">
            {procurement.late_packages > 0 ? (
              <>
                <LightMark light="yellow" size={15} />
                <b>{fill(tr("{count} paket terlambat"), { count: text.bounded(procurement.late_packages) })}</b>
              </>
            ) : (
              tr("Tidak ada paket terlambat")
            )}
          </p>
        </div>
      )}
    </Panel>
  );
}

/** The funnel: packages that reached each stage, signed contracts brighter. */
export function Stages({ stages }: { stages: { stage: string; packages: number }[] }): JSX.Element {
  const { tr, text } = useRoom();
  const most = Math.max(1, ...stages.map(({ packages }) => packages));
  return (
    <div class="stages">
      {stages.map(({ stage, packages }, index) => (
        <p key={stage}>
          <span class="who">{stageName(stage, tr)}</span>
          <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden>
            <rect y="1.2" width={(100 * packages) / most} height="7.6" class={index === stages.length - 1 ? "last" : "grey"} />
          </svg>
          <b>{text.bounded(packages)}</b>
        </p>
      ))}
    </div>
  );
}
