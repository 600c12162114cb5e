/** Rivers, air and weather as readings: the twin of widgets/kit/surroundings.py. A value nobody believes is never a figure. Pure. */
import type { AirStation, Forecast, Freshness, RiverGauge } from "../contract";
import type { Room } from "../room";
import { fill } from "../wording";
import { OF_AIR, OF_WATER, type Condition } from "./conditions";
import { nearest, skyWords, stepAt, worseElsewhere } from "./sky";
import { joined } from "./words";

const RIVER_STALE_S = 1_800;
const AIR_STALE_S = 7_200;
/** BMKG computes its forecast twice a day. */
const FORECAST_GOOD_S = 86_400;
const FUTURE_S = -600;
const AHEAD_H = [6, 12];
const URGENCY: Partial<Record<Condition, number>> = { critical: 0, hazardous_air: 0, alert: 1, watch: 2, fault: 3, unknown: 4 };

type Speech = Pick<Room, "tr" | "text" | "city" | "language">;

export interface Reading {
  key: string;
  condition: Condition;
  name: string;
  value: string;
  unit: string;
  word: string;
  facts: string[];
  /** Its time or its age; must be shown wherever the value is, as the credit. */
  when: string;
  credit: string;
  isOld: boolean;
  urgency: number;
  weight: number;
}

export interface Weather {
  value: string;
  word: string;
  place: string;
  when: string;
  credit: string;
  aside: string;
  ahead: { clock: string; words: string; temperature: string }[];
  isOld: boolean;
}

/** By the value's own time; one from the future says nothing about the present. */
function freshnessAt(at: string, staleAfter_s: number, now: number): Freshness {
  const age_s = (now - Date.parse(at)) / 1000;
  if (age_s < FUTURE_S) return "stale";
  return age_s <= staleAfter_s ? "live" : age_s <= 3 * staleAfter_s ? "late" : "stale";
}

function ageWords(freshness: Freshness, at: string, now: number, { tr, text }: Speech): string {
  const age_s = (now - Date.parse(at)) / 1000;
  if (age_s < FUTURE_S) return tr("jam sumber salah");
  if (freshness === "late") return `${tr("telat")} ${text.age(age_s)}`;
  if (freshness === "stale") return `${tr("usang")} ${text.age(age_s)}`;
  return text.when(at, now);
}

/** What is old stands after every alarm of now. */
function urgencyOf(condition: Condition, freshness: Freshness): number {
  const rank = URGENCY[condition] ?? 5;
  if (rank === 5) return rank + (freshness === "live" ? 0 : freshness === "late" ? 0.2 : 0.5);
  if (freshness !== "stale") return rank;
  return rank < 2.5 ? 2.5 + 0.1 * rank : rank + 0.5;
}

function sorted(readings: Reading[]): Reading[] {
  return readings.sort((a, b) => a.urgency - b.urgency || a.weight - b.weight || (a.name < b.name ? -1 : 1));
}

function faultWord(fault: "flat" | "impossible", { tr }: Speech): string {
  return fault === "flat" ? tr("sensor diam") : tr("nilai mustahil");
}

function waterWord(state: RiverGauge["state"], { tr }: Speech): string {
  return { normal: tr("normal"), watch: tr("waspada"), alert: tr("siaga"), danger: tr("awas"), unknown: tr("tanpa ambang") }[state];
}

/** Every gauge, the most urgent first. */
export function rivers(gauges: readonly RiverGauge[], now: number, speech: Speech): Reading[] {
  return sorted(gauges.map((gauge) => river(gauge, now, speech)));
}

function river(gauge: RiverGauge, now: number, speech: Speech): Reading {
  const { tr, text } = speech;
  const freshness = freshnessAt(gauge.at, RIVER_STALE_S, now);
  const condition: Condition = gauge.fault !== null ? "fault" : OF_WATER[gauge.state];
  const level = text.bounded(gauge.level_cm);
  const top = Math.max(0, ...gauge.thresholds_cm.map((threshold) => threshold ?? 0));
  return {
    key: gauge.id,
    condition,
    name: gauge.name.trim() || gauge.id,
    value: gauge.fault !== null ? "—" : level,
    unit: gauge.fault !== null ? "" : "cm",
    word: gauge.fault !== null ? faultWord(gauge.fault, speech) : waterWord(gauge.state, speech),
    facts: gauge.fault !== null ? [fill(tr("menunjuk {level} cm"), { level })] : [toThreshold(gauge, speech), trendOf(gauge, speech)].filter((fact) => fact !== ""),
    when: ageWords(freshness, gauge.at, now, speech),
    credit: gauge.attribution,
    isOld: freshness === "stale",
    urgency: urgencyOf(condition, freshness),
    weight: top > 0 ? -gauge.level_cm / top : 0,
  };
}

/** `38 cm ke awas`; above the last one `12 cm di atas awas`. */
function toThreshold(gauge: RiverGauge, speech: Speech): string {
  const { tr, text } = speech;
  const names = [tr("waspada"), tr("siaga"), tr("awas")];
  const known = gauge.thresholds_cm.flatMap((threshold, index): [number, string][] => (threshold === null ? [] : [[threshold, names[index]!]]));
  const next = known.find(([threshold]) => threshold > gauge.level_cm);
  if (next !== undefined) return fill(tr("{cm} cm ke {state}"), { cm: text.bounded(next[0] - gauge.level_cm), state: next[1] });
  const last = known.at(-1);
  return last === undefined ? "" : fill(tr("{cm} cm di atas {state}"), { cm: text.bounded(gauge.level_cm - last[0]), state: last[1] });
}

function trendOf({ change_cm_h: change }: RiverGauge, { tr, text }: Speech): string {
  if (change === null) return "";
  const rounded = Math.round(change);
  if (rounded === 0) return tr("tetap");
  return fill(rounded > 0 ? tr("naik {cm} cm/j") : tr("turun {cm} cm/j"), { cm: text.bounded(Math.abs(rounded)) });
}

function airWord(category: AirStation["category"], { tr }: Speech): string {
  if (category === null) return tr("tanpa indeks");
  return { good: tr("baik"), moderate: tr("sedang"), unhealthy: tr("tidak sehat"), very_unhealthy: tr("sangat tidak sehat"), hazardous: tr("berbahaya") }[category];
}

/** Every station, the worst air first; `estimated`: keys whose index is of less than a day's means. */
export function air(stations: readonly AirStation[], estimated: ReadonlySet<string>, now: number, speech: Speech): Reading[] {
  return sorted(
    stations.map((station): Reading => {
      const { tr, text } = speech;
      const freshness = freshnessAt(station.at, AIR_STALE_S, now);
      const isKnown = station.fault === null && station.index !== null && station.category !== null;
      const condition: Condition = station.fault !== null ? "fault" : isKnown ? OF_AIR[station.category!] : "unknown";
      const word = station.fault !== null ? faultWord(station.fault, speech) : airWord(isKnown ? station.category : null, speech);
      const other = isKnown && station.stated_index !== null && station.stated_index !== station.index ? fill(tr("stasiun menyebut {index}"), { index: text.bounded(station.stated_index) }) : "";
      return {
        key: station.id,
        condition,
        name: station.name.trim() || station.id,
        value: isKnown ? text.bounded(station.index) : "—",
        unit: isKnown ? "ISPU" : "",
        word: isKnown && estimated.has(station.id) ? `${tr("perkiraan")} ${word}` : word,
        facts: isKnown ? [pollutant(station.dominant, speech), other].filter((fact) => fact !== "") : [],
        when: ageWords(freshness, station.at, now, speech),
        credit: station.attribution,
        isOld: freshness === "stale",
        urgency: urgencyOf(condition, freshness),
        weight: -(station.index ?? 0),
      };
    }),
  );
}

function pollutant(name: string | null, { text }: Speech): string {
  if (name === null || name === "") return "";
  const known: Record<string, string> = { pm25: `PM${text.number(2.5, 1)}`, pm10: "PM10", so2: "SO₂", co: "CO", o3: "O₃", no2: "NO₂", hc: "HC" };
  return known[name.toLowerCase().replace(/[._\-, ]/g, "")] ?? name;
}

/** The weather now and in some hours at the wanted place; null where nobody forecasts. */
export function weather(forecasts: readonly Forecast[], wanted: string | null, now: number, speech: Speech): Weather | null {
  const { tr, text, city, language } = speech;
  const [west, south, east, north] = city?.config.bbox ?? [0, 0, 0, 0];
  const here = nearest(forecasts, wanted, [(west + east) / 2, (south + north) / 2]);
  if (here === null) return null;
  const step = stepAt(here, now);
  const degrees = (celsius: number | null): string => (celsius === null ? "—" : `${text.bounded(celsius)}°`);
  const hour = Math.floor(now / 3_600_000) * 3_600_000;
  const ahead = AHEAD_H.flatMap((hours) => {
    const then = stepAt(here, hour + hours * 3_600_000);
    return then === null ? [] : [{ clock: text.minute(hour + hours * 3_600_000), words: skyWords(then, language, tr) || "—", temperature: degrees(then.temperature_c) }];
  });
  const worse = worseElsewhere(forecasts, here, now);
  const names = worse === null ? [] : worse.places.map(({ district, place }) => city?.districtName(district) ?? place).sort();
  const where = names.length <= 2 ? names.join(", ") : `${names[0]} +${names.length - 1}`;
  return {
    value: step === null ? "—" : degrees(step.temperature_c),
    word: step === null ? tr("prakiraan habis") : skyWords(step, language, tr) || "—",
    place: city?.districtName(here.district) ?? here.place,
    when: `${tr("terbit")} ${text.when(here.issued_at, now)}`,
    credit: here.attribution,
    aside: worse === null ? "" : joined(`${skyWords(worse.step, language, tr)}${Date.parse(worse.step.at) <= now ? "" : ` ${text.minute(worse.step.at)}`}: ${where}`),
    ahead,
    isOld: step === null || freshnessAt(here.issued_at, FORECAST_GOOD_S, now) === "stale",
  };
}
