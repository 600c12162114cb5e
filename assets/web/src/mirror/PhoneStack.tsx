/** The phone's stack, by importance: how much, where, what is urgent, how we perform, proof. */
import type { JSX } from "preact";
import { Guard } from "./card";
import { Totals } from "./cards/Totals";
import { UrgentCard } from "./cards/Urgent";
import { lazy } from "./lazy";
import { MapCard } from "./parts";
import { useRoom } from "./room";

const Indicators = lazy(async () => (await import("./cards/below")).Indicators);
const Cameras = lazy(async () => (await import("./cards/below")).Cameras);
const FocusCard = lazy(async () => (await import("./cards/below")).FocusCard);
const Ticker = lazy(async () => (await import("./cards/below")).Ticker);
const Presence = lazy(async () => (await import("./cards/below")).Presence);

export function PhoneStack(): JSX.Element {
  const { tr, scope } = useRoom();
  return (
    <main class="stack">
      {scope === "city" && (
        <Guard name={tr("Jumlah laporan")}>
          <Totals />
        </Guard>
      )}
      <Guard name={tr("Peta laporan")}>
        <div class="map-place">
          <MapCard />
        </div>
      </Guard>
      <Guard name={tr("Mendesak")}>
        <UrgentCard />
      </Guard>
      <Guard name={tr("Indikator")}>
        <Indicators />
      </Guard>
      <Guard name={tr("Kamera")}>
        <Cameras />
      </Guard>
      <Guard name={tr("Laporan pilihan")}>
        <FocusCard />
      </Guard>
      <Guard name={tr("Laporan masuk")}>
        <Ticker />
      </Guard>
      <Guard name={tr("Petugas hadir")}>
        <Presence />
      </Guard>
    </main>
  );
}
