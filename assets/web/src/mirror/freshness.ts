/** One vocabulary for how fresh a value is: the words of widgets/kit/chip.py, and the page's own connection in them. Pure. */
import type { Freshness } from "./contract";
import type { Numerals } from "../numerals";

export type Tr = (text: string) => string;

/** From best to worst, as feeds.messages.freshness has them. */
const SEVERITY: readonly Freshness[] = ["live", "waiting", "late", "stale", "offline", "error"];

const LATE_AFTER_S = 3;
const OFFLINE_AFTER_S = 9;

export function worst(...states: Freshness[]): Freshness {
  return states.reduce((one, other) => (SEVERITY.indexOf(other) > SEVERITY.indexOf(one) ? other : one), "live");
}

/** How fresh the connection is: nothing heard for 3 s is LATE; for 9 s, or with the socket closed, OFFLINE. */
export function ofLink(isOpen: boolean, age_s: number | null): Freshness {
  if (age_s === null) return "waiting";
  if (!isOpen || age_s >= OFFLINE_AFTER_S) return "offline";
  return age_s >= LATE_AFTER_S ? "late" : "live";
}

/** A value is no fresher than the connection it came through: what came before it broke is old from then on. */
export function through(link: Freshness, state: Freshness): Freshness {
  return link === "live" || link === "waiting" ? state : worst(link, state);
}

/** The worst of several topics, with the greatest age of those that are so. */
export function worstOf(told: readonly { state: Freshness; age_s: number | null }[]): { state: Freshness; age_s: number | null } {
  const state = worst(...told.map((one) => one.state));
  const ages = told.flatMap((one) => (one.state === state && one.age_s !== null ? [one.age_s] : []));
  return { state, age_s: ages.length === 0 ? null : Math.max(...ages) };
}

/** Whether a card says for itself how it stands: when its own source is not well, and when it is old for whatever reason. */
export function isNamed(own: Freshness, shown: Freshness): boolean {
  return isOld(shown) || (own !== "live" && own !== "waiting");
}

/** What is greyed: nobody may take it for what is now. */
export function isOld(state: Freshness): boolean {
  return state === "stale" || state === "offline";
}

export function freshnessWord(state: Freshness, tr: Tr): string {
  switch (state) {
    case "live":
      return "LIVE";
    case "late":
      return tr("TELAT");
    case "stale":
      return tr("USANG");
    case "offline":
      return tr("TERPUTUS");
    case "error":
      return tr("GALAT");
    case "waiting":
      return tr("MENUNGGU");
  }
}

/** `USANG 4 mnt`: the word, with the age where age is what is wrong. */
export function chipWords(state: Freshness, age_s: number | null, tr: Tr, text: Numerals): string {
  const word = freshnessWord(state, tr);
  const isAged = state === "late" || state === "stale" || state === "offline";
  return isAged && age_s !== null ? `${word} ${text.age(age_s)}` : word;
}
