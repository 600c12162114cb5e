/** The wall's own layout on a tablet, a laptop or a television: it follows every take. */
import type { ComponentType, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Guard, SimulatedChip } from "../card";
import type { Wall, WallSlot } from "../contract";
import { isOld } from "../freshness";
import MapCard from "../map/MapCard";
import { MapView } from "../map/MapView";
import { useFresh, useRoom, useSubjects, useTicking } from "../room";
import { fill } from "../wording";
import { arrangementOf, columnsOf, flowing, silenceOf, type Arrangement } from "./arrange";
import { Fisik, Keuangan, Pengadaan } from "./figures";
import { HeaderPanel } from "./HeaderPanel";
import { Lingkungan } from "./Lingkungan";
import { AtRisk, EvaluationPanel, Focus, Ticker, Totals } from "./reports";
import { Apps, Cameras, Hazards, Notices, Presence, Sources } from "./services";
import "./panels.css";

interface SlotProps {
  options: Record<string, unknown>;
  /** CSS pixels per wall unit where the wall's geometry is kept. */
  unit: number | null;
}

const PANELS: Record<string, ComponentType<SlotProps>> = {
  header: HeaderPanel,
  totals: Totals,
  map: MapPanel,
  ticker: Ticker,
  focus: Focus,
  presence: Presence,
  keuangan: Keuangan,
  fisik: Fisik,
  pengadaan: Pengadaan,
  cameras: Cameras,
  hazards: Hazards,
  notices: Notices,
  lingkungan: Lingkungan,
  at_risk: AtRisk,
  evaluation: EvaluationPanel,
  apps: Apps,
  sources: Sources,
};

export default function WallLayout(): JSX.Element {
  const { scope } = useRoom();
  const { wall } = useSubjects("wall");
  const place = useRef<HTMLElement>(null);
  const arranged = useArrangement(place, JSON.stringify([wall?.size, wall?.slots.length]), (width, height, zoom) => arrangementOf(scope === "city" ? wall : null, width, height, zoom));
  return (
    <main class="wall-layout" ref={place} data-mode={arranged?.mode} data-layout={wall?.layout} data-head={arranged?.mode === "wall" && wall!.slots.some(({ panel }) => panel === "header") ? "1" : undefined}>
      {scope === "city" && wall !== null && <WallSilence wall={wall} />}
      {arranged === null ? null : arranged.mode === "wall" ? <AsOnTheWall slots={wall!.slots} arranged={arranged} /> : <Flow slots={flowing(wall, scope)} columns={arranged.columns} scope={scope} />}
    </main>
  );
}

/** A layout that nobody stands behind any more is not what the room sees now. */
function WallSilence({ wall }: { wall: Wall }): JSX.Element | null {
  const { tr, text, clock, pulse } = useRoom();
  const words = useTicking(() => {
    const age_s = pulse().state === "live" ? silenceOf(wall, clock.monotonic()) : null;
    return age_s === null ? "" : fill(tr("Dinding tidak menjawab {age}: susunan ini yang terakhir"), { age: text.age(age_s) });
  });
  return words === "" ? null : <p class="wall-silence">{words}</p>;
}

function AsOnTheWall({ slots, arranged: { scale, unit, width, height } }: { slots: readonly WallSlot[]; arranged: Extract<Arrangement, { mode: "wall" }> }): JSX.Element {
  return (
    <div class="as-on-the-wall" style={{ width: `${width}px`, height: `${height}px`, fontSize: `${36 * unit}px` }}>
      {slots.map((slot) => {
        const [left, top, w, h] = slot.rect.map((pixels) => pixels * scale) as [number, number, number, number];
        return (
          <div key={`${slot.slot} ${slot.panel}`} class="slot" data-slot={slot.slot} style={{ left: `${left}px`, top: `${top}px`, width: `${w}px`, height: `${h}px` }}>
            <Slot slot={slot} unit={unit} />
          </div>
        );
      })}
    </div>
  );
}

function Flow({ slots, columns, scope }: { slots: readonly WallSlot[]; columns: number; scope: string }): JSX.Element {
  const { above, columns: filled } = columnsOf(slots, columns, scope);
  return (
    <div class="flow">
      {above.map((slot) => (
        <Slot key={slot.panel} slot={slot} unit={null} />
      ))}
      <div class="columns" style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
        {filled.map((column, index) => (
          <div key={index} class="column">
            {column.map((slot) => (
              <Slot key={`${slot.slot} ${slot.panel}`} slot={slot} unit={null} />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

function Slot({ slot: { panel, options }, unit }: { slot: WallSlot; unit: number | null }): JSX.Element {
  const { tr } = useRoom();
  const Found = Object.hasOwn(PANELS, panel) ? PANELS[panel] : undefined;
  if (Found === undefined) {
    return (
      <section class="p panel missing" data-panel={panel}>
        <p class="nothing">{fill(tr("Panel {panel} tidak ada di cermin ini"), { panel })}</p>
      </section>
    );
  }
  return (
    <Guard name={panel} key={panel}>
      <Found options={options} unit={unit} />
    </Guard>
  );
}

/** What stands over the drawing until the map speaks for itself. */
const HEAD: [width: number, height: number] = [160, 62];

function MapPanel({ options, unit }: SlotProps): JSX.Element {
  const { tr, open } = useRoom();
  const { state, isSimulated } = useFresh("report");
  const [speaks, setSpeaks] = useState(false);
  const shown = Array.isArray(options["show"]) ? { show: options["show"] as string[] } : {};
  const wished = { ...shown, choropleth: options["choropleth"] === true, labels: options["labels"] !== false };
  if (unit === null) {
    return (
      <div class="holder" data-panel="map">
        <MapCard height={420} options={wished} />
      </div>
    );
  }
  // The map page says of itself how old it is; the drawing is said to be.
  const classes = ["p", "panel", "panel-map", !speaks && isSimulated ? "sim-edge" : "", !speaks && isOld(state) ? "old" : ""].filter(Boolean).join(" ");
  return (
    <section class={classes} aria-label={tr("Peta laporan")} data-panel="map" data-topic="report">
      <MapView options={wished} unit={unit} clear={HEAD} onMode={setSpeaks} />
      <button class="map-list" onClick={() => open({ kind: "all" })}>
        {tr("Semua laporan")}
      </button>
      {!speaks && (
        <div class="map-head">
          <h2>{tr("Peta laporan")}</h2>
          {isSimulated && <SimulatedChip />}
        </div>
      )}
    </section>
  );
}

/** Measures the room below the page's head, and how much larger than usual the reader wants type. */
function useArrangement(place: { current: HTMLElement | null }, cause: string, arrange: (width: number, height: number, zoom: number) => Arrangement): Arrangement | null {
  const [found, setFound] = useState<Arrangement | null>(null);
  useEffect(() => {
    const node = place.current!;
    const look = (): void => {
      const { left, top, width } = node.getBoundingClientRect();
      const zoom = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
      const next = arrange(width, window.innerHeight - (top + window.scrollY) - Math.min(14, left), zoom);
      setFound((before) => (JSON.stringify(before) === JSON.stringify(next) ? before : next));
    };
    look();
    window.addEventListener("resize", look);
    const observer = new ResizeObserver(look);
    observer.observe(document.documentElement);
    return () => {
      window.removeEventListener("resize", look);
      observer.disconnect();
    };
  }, [cause]);
  return found;
}
