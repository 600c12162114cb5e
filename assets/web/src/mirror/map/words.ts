/** What stands in the frame and the legend of the map, in the reader's language. Pure. */
import type { Frame, Options } from "../../map/contract";
import type { Numerals } from "../../numerals";
import type { Freshness, Topic } from "../contract";
import { chipWords, type Tr } from "../freshness";

export function legendWords(tr: Tr): Record<string, string> {
  return {
    new: tr("Baru"),
    forwarded: tr("Diteruskan"),
    working: tr("Dikerjakan"),
    done: tr("Selesai"),
    declined: tr("Di luar kewenangan"),
    pinless: tr("Tanpa pin"),
    cameras: tr("Kamera"),
    officers: tr("Petugas di tugas"),
    incident: tr("Insiden"),
    hazard: tr("Peringatan"),
    loading: tr("memuat peta"),
  };
}

export interface FrameFacts {
  state: Freshness;
  age_s: number | null;
  isSimulated: boolean;
  /** When reports were last checked, and by whom. */
  checked: string | null;
  titles: string;
  fresh: (topic: Topic) => Freshness;
}

/** The frame as widgets/panels/map.py words it: as of when, which layers are not live, from whom. */
export function frameOf(facts: FrameFacts, options: Options, text: Numerals, tr: Tr): Frame {
  const layers: [Topic, boolean, string][] = [
    ["totals", true, tr("Jumlah laporan")],
    ["incident", options.show.includes("incidents"), tr("Insiden")],
    ["officer", options.show.includes("officers"), tr("Petugas di tugas")],
    ["camera", options.show.includes("cameras"), tr("Kamera")],
    ["hazard", options.show.includes("hazards"), tr("Peringatan")],
  ];
  const old = layers
    .filter(([topic, isShown]) => isShown && facts.fresh(topic) !== "live" && facts.fresh(topic) !== "waiting")
    .map(([topic, , words]) => `${words} ${chipWords(facts.fresh(topic), null, tr, text).toLowerCase()}`);
  const isQuiet = facts.isSimulated && facts.state === "live";
  return {
    title: tr("Peta laporan"),
    meta: [tr("per {when}").replace("{when}", text.clock(facts.checked)), ...old, facts.titles].filter((part) => part !== "").join(" · "),
    freshness: facts.state,
    words: isQuiet ? "" : chipWords(facts.state, facts.age_s, tr, text),
    simulated: facts.isSimulated ? tr("SIMULASI") : "",
    error: "",
    remedy: "",
  };
}
