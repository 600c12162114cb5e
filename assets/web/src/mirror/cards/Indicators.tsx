/** The three indicators: the value, its mark and deviation. SIMULASI and USANG travel with the value. */
import type { JSX } from "preact";
import type { Light, Topic } from "../contract";
import { chipWords, isNamed, isOld } from "../freshness";
import { LightMark } from "../marks";
import { useFresh, useRoom, useSubjects, type Room } from "../room";
import type { Store } from "../store";
import { fill } from "../wording";

type Indicator = "finance" | "progress" | "procurement";

interface Shown {
  value: string;
  light: Light;
  below: string;
}

const TOPICS: readonly Indicator[] = ["finance", "progress", "procurement"];

/** What a viewer is told of: the head of an agency only what has a value of that agency. */
export function toldIndicators(scope: string, store: Pick<Store, "one">): Indicator[] {
  if (scope === "city") return [...TOPICS];
  return TOPICS.filter((topic) => {
    if (topic === "finance") return (store.one(topic)?.body.agencies.length ?? 0) > 0;
    if (topic === "progress") return store.one(topic) !== null;
    const procurement = store.one(topic)?.body;
    return procurement !== undefined && (procurement.announced.value !== null || procurement.late_packages > 0);
  });
}

export function Indicators(): JSX.Element | null {
  const { tr, scope } = useRoom();
  const store = useSubjects("finance", "progress", "procurement");
  const told = toldIndicators(scope, store);
  if (told.length === 0) return null;
  // Beside a longer one the word stands on a line of its own in all of them.
  const isBroken = told.length > 2 && (store.isSimulated("finance") || store.isSimulated("progress"));
  const titles: Record<Indicator, string> = { finance: tr("Keuangan"), progress: tr("Fisik"), procurement: "RUP" };
  return (
    <div class="k" role="group" aria-label={tr("Indikator")} data-count={told.length}>
      {told.map((topic) => (
        <Kpi key={topic} topic={topic} title={titles[topic]} name={topic === "procurement" ? tr("Pengadaan") : titles[topic]} isBroken={isBroken} />
      ))}
    </div>
  );
}

interface KpiProps {
  topic: Indicator;
  title: string;
  name: string;
  isBroken: boolean;
}

function Kpi({ topic, title, name, isBroken }: KpiProps): JSX.Element {
  const room = useRoom();
  const { tr, text, open } = room;
  const store = useSubjects(topic, "city");
  const { state, age_s, own, isSimulated } = useFresh(topic);
  const shown = SHOWN[topic](room);
  const seq = store.one(topic as Topic)?.seq;
  const classes = ["p", isSimulated ? "simulated" : "", isOld(state) ? "old" : ""].filter(Boolean).join(" ");
  return (
    <button class={classes} aria-label={name} aria-describedby={`kpi-${topic}`} data-topic={topic} data-fresh={state} data-seq={seq} onClick={() => open({ kind: "indicator", topic })}>
      <span id={`kpi-${topic}`}>
        <span class="h">
          {isSimulated && <span class={isBroken ? "s" : ""}>{`${tr("Simulasi")} · `}</span>}
          {title}
        </span>
        <b>{shown.value}</b>
        <small>
          <LightMark light={shown.light} size={12} label={shown.light === "red" ? tr("kritis") : tr("perhatian")} />
          {shown.below}
        </small>
        {isNamed(own, state) && <small class="state">{chipWords(state, age_s, tr, text)}</small>}
      </span>
    </button>
  );
}

const SHOWN: Record<Indicator, (room: Room) => Shown> = {
  finance: ({ store, text, tr, city, scope }) => {
    const finance = store.one("finance")?.body;
    if (finance === undefined) return NONE;
    const own = scope === "city" ? undefined : finance.agencies[0];
    if (own !== undefined && finance.absorption.value === null) return { value: text.bounded(own.deviation, 1, true), light: own.light, below: fill(tr("poin {agency}"), { agency: city?.agencyShort(own.agency) ?? own.agency }) };
    return { value: text.percent(finance.absorption.value), light: finance.light, below: points(finance.deviation, text, tr) };
  },
  progress: ({ store, text, tr, scope }) => {
    const progress = store.one("progress")?.body;
    if (progress === undefined) return NONE;
    if (scope !== "city" && progress.progress.value === null) return { value: text.number(progress.critical.length), light: progress.critical.length > 0 ? "red" : "grey", below: tr("kontrak kritis") };
    return { value: text.percent(progress.progress.value), light: progress.light, below: points(progress.deviation, text, tr) };
  },
  procurement: ({ store, text, tr }) => {
    const procurement = store.one("procurement")?.body;
    if (procurement === undefined || (procurement.announced.value === null && procurement.late_packages === 0)) return NONE;
    const late = procurement.late_packages;
    return { value: text.percent(procurement.announced.value), light: late > 0 ? "yellow" : "grey", below: fill(tr("{count} paket"), { count: text.bounded(late) }) };
  },
};

const NONE: Shown = { value: "—", light: "grey", below: "" };

function points(deviation: number | null, text: Room["text"], tr: Room["tr"]): string {
  return deviation === null ? "" : `${text.bounded(deviation, 1, true)} ${tr("poin")}`;
}
