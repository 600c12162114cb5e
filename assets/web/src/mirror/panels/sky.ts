/** Weather in words: BMKG's codes of the sky, and which step of a forecast holds when. The twin of widgets/kit/sky.py. Pure. */
import type { Forecast, ForecastStep } from "../contract";
import type { Tr } from "../freshness";

const WEIGHTS: Record<string, number> = { "60": 1, "80": 1, "61": 2, "63": 3, "95": 4, "97": 4 };
const HEAVY = 3;
const HOUR_MS = 3_600_000;

function codeWords(code: string, tr: Tr): string {
  switch (code) {
    case "0":
      return tr("Cerah");
    case "1":
    case "2":
      return tr("Cerah berawan");
    case "3":
      return tr("Berawan");
    case "4":
      return tr("Berawan tebal");
    case "5":
      return tr("Udara kabur");
    case "10":
      return tr("Asap");
    case "45":
      return tr("Kabut");
    case "60":
      return tr("Hujan ringan");
    case "61":
      return tr("Hujan sedang");
    case "63":
      return tr("Hujan lebat");
    case "80":
      return tr("Hujan lokal");
    case "95":
    case "97":
      return tr("Hujan petir");
    default:
      return "";
  }
}

/** The source's own words in the reader's language, else those of the code, else whatever words the source has. */
export function skyWords(step: ForecastStep, language: string, tr: Tr): string {
  const own = (step.text[language] ?? "").trim();
  const said = own || codeWords(step.sky.trim(), tr) || (Object.values(step.text).find((words) => words.trim() !== "") ?? "").trim();
  return said === "" ? "" : said.charAt(0).toUpperCase() + said.slice(1).toLowerCase();
}

/** 0 dry, 1 light rain, 2 rain, 3 heavy rain, 4 thunder. */
export function weightOf(step: ForecastStep): number {
  const told = WEIGHTS[step.sky.trim()];
  if (told !== undefined) return told;
  const rain = step.rain_mm ?? 0;
  return rain >= 10 ? 3 : rain >= 5 ? 2 : rain >= 0.5 ? 1 : 0;
}

/** The step that holds at `moment` (milliseconds); null before the first and after the last. */
export function stepAt(forecast: Forecast, moment: number): ForecastStep | null {
  const steps = [...forecast.steps].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  for (let index = steps.length - 1; index >= 0; index--) {
    const from = Date.parse(steps[index]!.at);
    if (from > moment) continue;
    if (index + 1 < steps.length) return steps[index]!;
    const span = index > 0 ? from - Date.parse(steps[index - 1]!.at) : 3 * HOUR_MS;
    return moment - from < Math.max(span, HOUR_MS) ? steps[index]! : null;
  }
  return null;
}

/** The forecast of the wanted place (its id or district), else the one nearest to the middle of the city. */
export function nearest(forecasts: readonly Forecast[], wanted: string | null, [lon, lat]: readonly [number, number]): Forecast | null {
  const asked = wanted === null ? undefined : forecasts.find(({ id, district }) => id === wanted || district === wanted);
  if (asked !== undefined) return asked;
  const away = ({ position }: Forecast): number => (position === null ? Infinity : Math.hypot(position.lon - lon, position.lat - lat));
  return forecasts.reduce<Forecast | null>((best, one) => (best === null || away(one) < away(best) || (away(one) === away(best) && one.id < best.id) ? one : best), null);
}

/** The heaviest weather of the coming hours in other places, when it is heavy and heavier than here: its first step and whose it is. */
export function worseElsewhere(forecasts: readonly Forecast[], here: Forecast, now: number, hours = 12): { step: ForecastStep; places: Forecast[] } | null {
  const coming = (forecast: Forecast): ForecastStep[] => {
    const held = stepAt(forecast, now);
    const later = forecast.steps.filter(({ at }) => Date.parse(at) > now && Date.parse(at) <= now + hours * HOUR_MS);
    return [...(held === null ? [] : [held]), ...later];
  };
  const heaviest = (forecast: Forecast): number => Math.max(0, ...coming(forecast).map(weightOf));
  const most = Math.max(0, ...forecasts.map(heaviest));
  if (most < HEAVY || most <= heaviest(here)) return null;
  const places = forecasts.filter((forecast) => heaviest(forecast) === most);
  const steps = places.flatMap((forecast) => coming(forecast).filter((step) => weightOf(step) === most));
  return { step: steps.sort((a, b) => Date.parse(a.at) - Date.parse(b.at))[0]!, places };
}
