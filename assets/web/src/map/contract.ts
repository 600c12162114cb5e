/** What the wall, or a mirror of it, tells the map page: its configuration once, a snapshot by fetch, then batched changes. Types only. */

export const STATES = ["new", "forwarded", "working", "done", "declined", "duplicate", "invalid", "reopened"] as const;
export type State = (typeof STATES)[number];

export type Bbox = [west: number, south: number, east: number, north: number];
/** Wall units, panel coordinates. */
export type SeamRow = [x: number, y: number, width: number, height: number];

export interface Base {
  kind: "pmtiles" | "xyz" | "wms";
  min_zoom: number;
  max_zoom: number;
  opacity: number;
  attribution: string;
}

export interface Options {
  show: string[];
  choropleth: boolean;
  base: boolean;
  labels: boolean;
}

export interface Config {
  /** Stands before everything the page says to Qt, so that no text from outside can speak for it. */
  token: string;
  /** Whose way of writing numbers: `id` or `en`. */
  language: string;
  /** CSS pixels per wall unit. */
  unit: number;
  colours: Record<string, string>;
  text_family: string;
  figure_family: string;
  /** Where the text family is to be had, on a device that may not have it. */
  font?: string;
  seams: SeamRow[];
  city: {
    bbox: Bbox;
    attribution: string;
    layers: { role: string; file: string }[];
    labels: { text: string; lon: number; lat: number; role: string }[];
    districts: { code: string; name: string; lon: number; lat: number }[];
    base: Base | null;
  };
  options: Options;
  words: Record<string, string>;
  /** Land, marks and hexagons alone, for a small screen; whoever embeds the page writes over this much of its top left corner (CSS pixels). */
  clear?: [width: number, height: number];
  /** A touch on a mark is told to whoever embeds the page. */
  is_touchable?: boolean;
}

/** id, state, lon, lat, district, incident, outside */
export type ReportRow = [string, State, number | null, number | null, string | null, string | null, 0 | 1];

export interface IncidentRow {
  id: string;
  title: string;
  line: string;
  lon: number;
  lat: number;
  districts: string[];
  new: number;
  forwarded: number;
  working: number;
  done: number;
}

export interface OfficerRow {
  id: string;
  lon: number;
  lat: number;
  /** Silent for a while, or nobody tells where officers are. */
  is_stale: boolean;
}

export interface CameraRow {
  id: string;
  lon: number;
  lat: number;
  is_stale: boolean;
}

export interface HazardRow {
  id: string;
  headline: string;
  line: string;
  /** The role of its colour: that of its severity in every panel. */
  colour: string;
  polygons: [number, number][][];
  /** Drawn when there is no polygon. */
  districts: string[];
}

export interface Rows {
  report: ReportRow;
  incident: IncidentRow;
  officer: OfficerRow;
  camera: CameraRow;
  hazard: HazardRow;
}
export type Kind = keyof Rows;

export interface Legend {
  new: number;
  forwarded: number;
  working: number;
  done: number;
  declined: number;
  pinless: number;
  reopened: number;
  cameras: number;
  officers: number;
  /** Said in words, made by the wall: "3 tanpa lokasi". */
  notes: string[];
}

export interface Frame {
  title: string;
  meta: string;
  freshness: "live" | "late" | "stale" | "offline" | "error" | "waiting";
  /** Empty: no chip but SIMULASI. */
  words: string;
  simulated: string;
  error: string;
  remedy: string;
}

export interface Change {
  from: number;
  to: number;
  put: { [K in Kind]?: Rows[K][] };
  gone: { [K in Kind]?: string[] };
  legend?: Legend | null;
  frame?: Frame;
  /** Reports to be ringed. */
  selected?: string[];
  /** The panel stands elsewhere, or has other options, than its configuration said. */
  seams?: SeamRow[];
  options?: Options;
}

export interface Snapshot extends Omit<Change, "from" | "gone"> {
  frame: Frame;
}
