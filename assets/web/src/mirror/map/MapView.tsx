/** The map in a card: a drawing of the land with its marks at once, the wall's own map page over it as soon as that is ready. */
import interUrl from "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2?url";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Config, Options } from "../../map/contract";
import type { Frame as FrameElement, Said } from "../../map/link";
import type { CityConfig } from "../contract";
import { useRoom, useSubjects, type Room } from "../room";
import { MapDriver, STILL } from "./driver";
import { useLayers, type Layers } from "./land";
import { outlineOf } from "./outline";
import { Sketch, SketchLegend } from "./Sketch";
import { legendWords } from "./words";
import "./map.css";

/** CSS pixels per wall unit: a triangle of 48 units is as large as on the phone's picture. */
const PHONE_UNIT = 0.33;
/** From this width on the map speaks for itself, with legend, names and call-outs in type of 13 pixels. */
const SPEAKING_PX = 560;
const LEAST_UNIT = 13 / 36;
const ROLES = ["bg", "panel", "out", "raised", "land", "land_hi", "ink", "ink2", "ink3", "red", "yellow", "green", "sel", "sim", "bar", "water", "water_label", "land_line", "line2", "line", "kelurahan", "officer"];
const ALL: Options = { show: ["reports", "incidents", "officers", "cameras", "hazards"], choropleth: false, base: false, labels: true };

export interface MapViewProps {
  /** As a slot of the wall has them. */
  options?: Partial<Options>;
  /** Pixels per wall unit where the wall's geometry is kept. */
  unit?: number;
  /** What others write over the top left corner when the map does not speak for itself. */
  clear?: [width: number, height: number];
  onMode?: (speaks: boolean) => void;
}

/** `still`: the map page painted no more; it is begun anew after a while. */
type Stage = "drawing" | "loading" | "map" | "still" | "unable";
const BEGIN_ANEW_MS = 60_000;

export function MapView({ options, unit, clear = [0, 0], onMode }: MapViewProps) {
  const room = useRoom();
  useSubjects("city");
  const box = useRef<HTMLDivElement>(null);
  const size = useSize(box);
  const layers = useLayers(room);
  const [stage, setStage] = useState<Stage>("drawing");
  const speaks = unit !== undefined || (size !== null && size[0] >= SPEAKING_PX);
  useLayoutEffect(() => onMode?.(speaks && stage === "map"), [speaks, stage]);
  useEffect(() => {
    if (stage !== "still") return;
    const timer = setTimeout(() => setStage("loading"), BEGIN_ANEW_MS);
    return () => clearTimeout(timer);
  }, [stage]);
  const isLoaded = useQuiet(stage === "drawing" && layers !== null && size !== null, () => setStage("loading"));
  const city = room.city;
  return (
    <div class="map-view" ref={box} data-topic="report" data-stage={stage}>
      {size !== null && city !== null && stage !== "map" && <Land city={city.config} layers={layers} size={size} clear={clear} speaks={speaks} zoom={unit === undefined ? 1 : unit / LEAST_UNIT} />}
      {size !== null && city !== null && layers !== null && (isLoaded || stage !== "drawing") && stage !== "still" && stage !== "unable" && (
        <Page
          key={`${room.theme} ${room.language} ${speaks} ${unit ?? ""}`}
          room={room}
          city={city.config}
          layers={layers}
          options={{ ...ALL, ...options, base: false }}
          unit={unit ?? (speaks ? Math.max(LEAST_UNIT, Math.min(size[0] / 1856, size[1] / 1224)) : PHONE_UNIT)}
          clear={speaks ? null : clear}
          isShown={stage === "map"}
          onSaid={(what) => {
            if (what.kind === "painted") setStage("map");
            if (what.kind === "failed") setStage(what.reason === STILL ? "still" : "unable");
            if (what.kind === "touched") open(room, what.reports, what.incident);
          }}
        />
      )}
    </div>
  );
}

function open(room: Room, reports: string[], incident: string | null): void {
  if (incident !== null) room.open({ kind: "incident", id: incident });
  else if (reports.length === 1) room.open({ kind: "report", id: reports[0]! });
  else room.open({ kind: "reports", ids: reports });
}

interface LandProps {
  city: CityConfig;
  layers: Layers | null;
  size: readonly [number, number];
  clear: readonly [number, number];
  /** The map to come speaks for itself: so does the drawing. */
  speaks: boolean;
  /** How much larger than 13 pixels the legend's type is. */
  zoom: number;
}

/** Room for the legend of the drawing, in CSS pixels at ordinary text. */
const LEGEND: readonly [width: number, height: number] = [250, 76];

function Land({ city, layers, size: [width, height], clear, speaks, zoom }: LandProps) {
  const districts = layers?.get("districts") ?? layers?.get("outline") ?? null;
  const water = layers?.get("river") ?? null;
  const outline = useMemo(
    () => (districts === null ? null : outlineOf(districts, city.bbox, width, height, clear, speaks ? [LEGEND[0] * zoom, LEGEND[1] * zoom] : undefined, water)),
    [districts, water, width, height, clear[0], clear[1], speaks, zoom],
  );
  return (
    <>
      {outline !== null && <Sketch outline={outline} width={width} height={height} isNamed={speaks} />}
      {speaks && <SketchLegend />}
    </>
  );
}

interface PageProps {
  room: Room;
  city: CityConfig;
  layers: Layers;
  options: Options;
  unit: number;
  clear: readonly [number, number] | null;
  isShown: boolean;
  onSaid: (what: Said) => void;
}

/** The wall's map page in a frame of the same origin. */
function Page({ room, city, layers, options, unit, clear, isShown, onSaid }: PageProps) {
  const frame = useRef<FrameElement>(null);
  const driver = useRef<MapDriver | null>(null);
  const said = useRef(onSaid);
  said.current = onSaid;
  useEffect(() => {
    const element = frame.current!;
    const byFile = (file: string): Promise<GeoJSON.FeatureCollection> => {
      const role = city.layers.find((layer) => layer.file === file)?.role ?? "";
      const found = layers.get(role);
      return found === undefined ? Promise.reject(new Error(`no layer ${file}`)) : Promise.resolve(found);
    };
    const made = configOf(room, city, layers, options, unit, clear);
    driver.current = new MapDriver(room, element, made, byFile, (what) => said.current(what));
    element.src = "./map.html";
    return () => driver.current?.stop();
  }, []);
  useEffect(() => driver.current?.setOptions(shownOf(options, clear)), [JSON.stringify(options)]);
  return <iframe ref={frame} class={isShown ? "shown" : ""} title={room.tr("Peta laporan")} tabIndex={-1} aria-hidden="true" />;
}

/** What a map that does not speak for itself shows: reports alone. Warnings must have their source named beside them. */
function shownOf(options: Options, clear: readonly [number, number] | null): Options {
  return clear === null ? options : { ...options, labels: false, show: options.show.filter((layer) => layer === "reports" || layer === "incidents") };
}

function configOf(room: Room, city: CityConfig, layers: Layers, options: Options, unit: number, clear: readonly [number, number] | null): Config {
  const style = getComputedStyle(document.documentElement);
  const colours = Object.fromEntries(ROLES.map((role) => [role, style.getPropertyValue(`--${role}`).trim()]));
  return {
    token: "",
    language: room.language,
    unit,
    colours,
    text_family: "Inter",
    figure_family: "Inter",
    font: new URL(interUrl, document.baseURI).href,
    seams: [],
    city: { bbox: city.bbox, attribution: city.attribution, layers: city.layers.filter(({ role }) => layers.has(role)), labels: city.labels, districts: city.districts, base: null },
    options: shownOf(options, clear),
    words: legendWords(room.tr),
    ...(clear === null ? {} : { clear: [clear[0], clear[1]] as [number, number] }),
    is_touchable: true,
  };
}

/** Calls `run` when the page has shown its first picture and has nothing better to do; says whether it has. */
function useQuiet(isWanted: boolean, run: () => void): boolean {
  const [isQuiet, setQuiet] = useState(false);
  const { store } = useRoom();
  useSubjects("report");
  const isDue = isWanted && store.rev > 0 && !isQuiet;
  useEffect(() => {
    if (!isDue) return;
    const timer = setTimeout(() => {
      setQuiet(true);
      run();
    }, 400);
    return () => clearTimeout(timer);
  }, [isDue]);
  return isQuiet;
}

function useSize(box: { current: HTMLElement | null }): readonly [number, number] | null {
  const [size, setSize] = useState<readonly [number, number] | null>(null);
  useEffect(() => {
    const node = box.current!;
    const look = (): void => {
      const { width, height } = node.getBoundingClientRect();
      if (width > 0 && height > 0) setSize((before) => (before !== null && before[0] === width && before[1] === height ? before : [width, height]));
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(node);
    return () => observer.disconnect();
  }, []);
  return size;
}
