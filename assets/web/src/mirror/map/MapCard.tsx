/** The phone's map: how many reports have a pin, over the city. */
import { useState } from "preact/hooks";
import type { Options } from "../../map/contract";
import { Chip, SimulatedChip } from "../card";
import { isNamed, isOld } from "../freshness";
import { useFresh, useRoom, useSubjects } from "../room";
import { fill } from "../wording";
import { MapView } from "./MapView";
import { countsFor } from "./rows";

interface MapCardProps {
  /** In pixels of ordinary text; it grows with larger text. */
  height?: number;
  /** As a slot of the wall has them. */
  options?: Partial<Options>;
}

const CLEAR: [number, number] = [150, 52];

export default function MapCard({ height = 244, options = {} }: MapCardProps) {
  const { tr, text, scope, open } = useRoom();
  const store = useSubjects("totals", "report");
  const [speaks, setSpeaks] = useState(false);
  const { state, age_s, own, isSimulated } = useFresh("report");
  const totals = countsFor(scope, store);
  const pinless = totals === null ? 0 : totals.duplicate + totals.invalid + totals.without_position + totals.outside;
  const zoom = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const clear: [number, number] = [CLEAR[0] * zoom, CLEAR[1] * zoom];
  const isMarked = !speaks && isSimulated;
  const classes = ["p", "map-card", isOld(state) ? "old" : "", isMarked ? "simulated" : ""].filter(Boolean).join(" ");
  return (
    <section class={classes} style={{ height: `${height / 16}rem` }} aria-label={tr("Peta laporan")} data-topic="report" data-fresh={state}>
      <MapView options={options} clear={clear} onMode={setSpeaks} />
      {!speaks && (
        <div class="map-head">
          <h2>{tr("Peta laporan")}</h2>
          {totals !== null && (
            <small>{fill(tr("{pins} pin, {pinless} tanpa pin"), { pins: text.number(totals.received - pinless), pinless: text.number(pinless) })}</small>
          )}
        </div>
      )}
      <button class="map-list" onClick={() => open({ kind: "all" })}>
        {tr("Semua laporan")}
      </button>
      {isMarked && <SimulatedChip onEdge />}
      {!speaks && isNamed(own, state) && (
        <span class="map-chips">
          <Chip state={state} age_s={age_s} />
        </span>
      )}
    </section>
  );
}
