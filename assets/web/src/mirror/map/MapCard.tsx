/** The phone's map: how many reports have a pin, over the city. */
import { useState } from "preact/hooks";
import type { Options } from "../../map/contract";
import { useRoom, useSubjects } from "../room";
import { MapView } from "./MapView";

interface MapCardProps {
  height?: number;
  /** As a slot of the wall has them. */
  options?: Partial<Options>;
}

const CLEAR: [number, number] = [150, 52];

export default function MapCard({ height = 244, options = {} }: MapCardProps) {
  const { tr, text } = useRoom();
  const store = useSubjects("totals");
  const [speaks, setSpeaks] = useState(false);
  const totals = store.one("totals")?.body ?? null;
  const pinless = totals === null ? 0 : totals.duplicate + totals.invalid + totals.without_position + totals.outside;
  return (
    <section class="p map-card" style={{ height: `${height}px` }} aria-label={tr("Peta laporan")}>
      <MapView options={options} clear={CLEAR} onMode={setSpeaks} />
      {!speaks && (
        <div class="map-head">
          <b>{tr("Peta laporan")}</b>
          {totals !== null && (
            <small>{tr("{pins} pin, {pinless} tanpa pin").replace("{pins}", text.number(totals.received - pinless)).replace("{pinless}", text.number(pinless))}</small>
          )}
        </div>
      )}
    </section>
  );
}
