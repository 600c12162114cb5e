/** What every card and panel is given: the room's state, its time, its words; and the hooks that redraw only what changed. */
import { createContext } from "preact";
import { useContext, useEffect, useReducer } from "preact/hooks";
import type { Numerals } from "../numerals";
import type { City } from "./city";
import type { Clock } from "./clock";
import type { Freshness, Subject, Topic, Who } from "./contract";
import { through, worstOf, type Tr } from "./freshness";
import type { Pictures } from "./pictures";
import type { Store } from "./store";
import type { View } from "./view";

/** A detail view over the page. */
export type Sheet =
  | { kind: "agency"; code: string }
  | { kind: "indicator"; topic: "finance" | "progress" | "procurement" | "totals" }
  | { kind: "report" | "incident" | "hazard"; id: string }
  /** Those of one mark on the map. */
  | { kind: "reports"; ids: string[] }
  /** Everything that has a mark on the map. */
  | { kind: "all" };

/** The connection as the page shows it. */
export interface Pulse {
  /** `waiting` before the first word, else how fresh what is shown can be at best. */
  state: Freshness;
  /** Seconds since the last word of the server; null before the first, and after a sleep of unknown length. */
  age_s: number | null;
}

export interface Room {
  store: Store;
  clock: Clock;
  view: View;
  pictures: Pictures;
  text: Numerals;
  tr: Tr;
  language: string;
  theme: "dark" | "light";
  city: City | null;
  who: Who | null;
  /** `city`, or `agency:CODE`. */
  scope: string;
  /** A socket stands: something can be asked beside it. */
  isConnected: boolean;
  pulse(): Pulse;
  /** Calls `told` each second, and at once when the connection changes; returns how to stop it. */
  onTick(told: () => void): () => void;
  open(sheet: Sheet): void;
}

export const RoomContext = createContext<Room | null>(null);

export function useRoom(): Room {
  const room = useContext(RoomContext);
  if (room === null) throw new Error("a card stands outside of the room");
  return room;
}

/** Draws the component again when one of these changes; gives the store to read from. Give the same list each time. */
export function useSubjects(...subjects: Subject[]): Store {
  const { store } = useRoom();
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => store.subscribe(subjects, () => redraw(undefined)), [store, subjects.join()]);
  return store;
}

/** Draws the component again each second when `words` says something else than before: for ages. Returns what it says. */
export function useTicking<T extends string | number | null>(words: () => T): T {
  const { onTick } = useRoom();
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const said = words();
  useEffect(
    () =>
      onTick(() => {
        if (words() !== said) redraw(undefined);
      }),
    [onTick, said, words],
  );
  return said;
}

/** The room's time in milliseconds since 1970, told anew each `step_s` seconds; 0 before anything was heard. */
export function useNow(step_s = 1): number {
  const { clock } = useRoom();
  const step = step_s * 1000;
  return useTicking(() => Math.floor((clock.now() ?? 0) / step) * step);
}

/** How fresh the connection is; draws again when that changes. */
export function useLink(): Freshness {
  const { pulse } = useRoom();
  return useTicking(() => pulse().state);
}

export interface Fresh {
  state: Freshness;
  age_s: number | null;
  /** What the room says, whatever the connection. */
  own: Freshness;
  isSimulated: boolean;
}

/** How fresh topics are on this page: the worst of what the room says of them, and no fresher than the connection. */
export function useFresh(...topics: (Topic | "ticker")[]): Fresh {
  const room = useRoom();
  useSubjects(...topics);
  const told = (): { state: Freshness; age_s: number | null } => worstOf(topics.map((topic) => room.store.fresh(topic)));
  const read = (): [Freshness, number | null] => {
    const { state: link, age_s } = room.pulse();
    const own = told();
    const state = through(link, own.state);
    return [state, state === own.state ? own.age_s : age_s];
  };
  useTicking(() => {
    const [state, age] = read();
    return `${state} ${age === null || state === "live" ? "" : Math.floor(age)}`;
  });
  const [state, age_s] = read();
  return { state, age_s, own: told().state, isSimulated: topics.some((topic) => room.store.isSimulated(topic)) };
}
