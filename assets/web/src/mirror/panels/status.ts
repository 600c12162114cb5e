/** How fresh a panel is, and as of when and from whom its values are: as the wall's frames tell it. */
import type { Freshness, Source, Subject, Topic } from "../contract";
import { through, worstOf } from "../freshness";
import { useRoom, useSubjects, useTicking, type Room } from "../room";
import type { Store } from "../store";

export interface Status {
  state: Freshness;
  age_s: number | null;
  /** Topics that are live, of those that have a source; null when all are, or the panel is not live anyway. */
  freshOf: [live: number, fed: number] | null;
  isSimulated: boolean;
}

/** Collectors that feed a topic, by title. */
export function sourcesOf(store: Pick<Store, "bodies">, topic: string): Source[] {
  return store
    .bodies("system.source")
    .filter(({ topics }) => topics.includes(topic))
    .sort((a, b) => (a.title < b.title ? -1 : 1));
}

/** The last good check of the stalest source of a topic; null when nobody has said. */
export function checkedAt(store: Pick<Store, "bodies">, topic: string): string | null {
  const moments = sourcesOf(store, topic).flatMap(({ checked_at: at }) => (at === null ? [] : [at]));
  return moments.sort((a, b) => Date.parse(a) - Date.parse(b))[0] ?? null;
}

/** `BMKG, SIGAP`; empty when nobody has said. */
export function titlesOf(store: Pick<Store, "bodies">, topic: string): string {
  return [...new Set(sourcesOf(store, topic).map(({ title }) => title))].join(", ");
}

/** The first topic decides, the others are counted; where they are equals one that is live keeps the panel live. */
export function statusOf(topics: readonly Topic[], { store, pulse }: Pick<Room, "store" | "pulse">, areEqual = false): Status {
  const isSimulated = topics.some((topic) => store.isSimulated(topic));
  const { state: link, age_s: linkAge } = pulse();
  if (topics.length === 0) return { state: link, age_s: linkAge, freshOf: null, isSimulated };
  const told = topics.filter((topic) => store.all(topic).size > 0 || sourcesOf(store, topic).length > 0).map((topic) => store.fresh(topic));
  const live = told.filter(({ state }) => state === "live").length;
  const first = areEqual && told.length > 0 ? amongEquals(told) : store.fresh(topics[0]!);
  const state = through(link, first.state);
  const age_s = state === first.state ? first.age_s : linkAge;
  return { state, age_s: state === "live" || state === "waiting" ? null : asShown(age_s), freshOf: state === "live" && live < told.length ? [live, told.length] : null, isSimulated };
}

function amongEquals(told: { state: Freshness; age_s: number | null }[]): { state: Freshness; age_s: number | null } {
  return told.some(({ state }) => state === "live") ? { state: "live", age_s: null } : worstOf(told);
}

/** Whole seconds, from a minute on whole minutes: the chip says no more. */
function asShown(age_s: number | null): number | null {
  return age_s === null ? null : age_s < 60 ? Math.floor(age_s) : Math.floor(age_s / 60) * 60;
}

export function useStatus(topics: readonly Topic[], areEqual = false): Status {
  const room = useRoom();
  useSubjects(...(topics as readonly Subject[]), "system.source", "wall");
  useTicking(() => JSON.stringify(statusOf(topics, room, areEqual)));
  return statusOf(topics, room, areEqual);
}
