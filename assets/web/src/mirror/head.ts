/** What the head of the page says of how old everything below it is: the worst of the connection and of the bus behind it. Pure. */
import type { Numerals } from "../numerals";
import type { Freshness } from "./contract";
import { chipWords, freshnessWord, worst, type Tr } from "./freshness";
import type { Pulse } from "./room";
import type { Store } from "./store";
import { fill } from "./wording";

export interface Bus {
  state: Freshness;
  /** Since the last word of anybody on the bus; null where that is not known. */
  age_s: number | null;
}

export interface HeadFacts {
  pulse: Pulse;
  bus: Bus | null;
  /** When what is shown was kept, by the room's clock; null when it was not kept. */
  keptAt: number | null;
  /** The room's time when the server was last heard, and now. */
  heardAt: number | null;
  now: number | null;
}

export interface Head {
  state: Freshness;
  said: string;
  /** What gives way first where there is little room. */
  time: string;
}

/** The bus as the service last said; null where it has not, or has not heard of it itself yet. */
export function busOf(store: Pick<Store, "bus" | "fresh">): Bus | null {
  const state = store.bus?.["freshness"] as Freshness | undefined;
  if (state === undefined || state === "waiting") return null;
  // While the bus is away every topic is as old as the bus.
  return { state, age_s: state === "offline" ? store.fresh("report").age_s : null };
}

/** How fresh what is shown can be at best. */
export function standing({ pulse: { state }, bus, keptAt }: Pick<HeadFacts, "pulse" | "bus" | "keptAt">): Freshness {
  if (keptAt !== null) return "offline";
  return state === "waiting" || bus === null ? state : worst(state, bus.state);
}

/** `3 dtk lalu · 14.32.08`, `TERPUTUS 40 dtk · 14.32.08`, `Bus data TERPUTUS 4 mnt`; of a picture that was kept always its own time. */
export function headOf(facts: HeadFacts, tr: Tr, text: Numerals): Head {
  const { pulse, bus, keptAt, heardAt, now } = facts;
  const state = standing(facts);
  const timed = (at: number): string => (now !== null && text.isSameDay(at, now) ? text.clock(at) : `${text.day(at)} ${text.clock(at)}`);
  if (keptAt !== null) {
    // Before the server has spoken nobody knows what day it is.
    const at = now === keptAt ? `${text.day(keptAt)} ${text.clock(keptAt)}` : timed(keptAt);
    return { state, said: `${freshnessWord(state, tr)} · ${at}`, time: "" };
  }
  if (state === "waiting") return { state, said: tr("menyambung"), time: "" };
  if (bus !== null && state !== pulse.state) {
    const at = bus.age_s === null || now === null ? "" : ` · ${timed(now - 1000 * bus.age_s)}`;
    return { state, said: `${tr("Bus data")} ${chipWords(state, bus.age_s, tr, text)}`, time: at };
  }
  const time = heardAt === null ? "" : ` · ${timed(heardAt)}`;
  // Of unknown age: then the time is all there is to say.
  if (pulse.age_s === null) return { state, said: freshnessWord(state, tr) + time, time: "" };
  return { state, said: state === "live" ? fill(tr("{age} lalu"), { age: text.age(pulse.age_s) }) : chipWords(state, pulse.age_s, tr, text), time };
}
