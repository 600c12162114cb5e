/** What the mirror's service says: the frames of the live socket and the bodies in them, as feeds.messages has them. Types only; knows no page. */
import type { Application, Finance, Procurement, Progress, Source } from "./contract_figures";
import type { Deadline, DeadlineTotals, Evaluation, Incident, Report, TickerLine, Totals } from "./contract_reports";
import type { AirStation, Camera, Forecast, Hazard, Notice, Officer, Presence, RiverGauge } from "./contract_surroundings";
import type { Freshness, Moment, Quality } from "./contract_values";

export type * from "./contract_figures";
export type * from "./contract_reports";
export type * from "./contract_surroundings";
export type * from "./contract_values";

/** Which body travels under which topic; keys as on the bus. */
export interface Bodies {
  report: Report;
  totals: Totals;
  incident: Incident;
  deadline: Deadline;
  "deadline.totals": DeadlineTotals;
  evaluation: Evaluation;
  officer: Officer;
  presence: Presence;
  camera: Camera;
  hazard: Hazard;
  notice: Notice;
  river: RiverGauge;
  air: AirStation;
  forecast: Forecast;
  application: Application;
  finance: Finance;
  progress: Progress;
  procurement: Procurement;
  "system.source": Source;
}
export type Topic = keyof Bodies;

/** What a panel can be told of beside the topics: the ticker's lines, the wall's layout, the bus, the city's description. */
export type Subject = Topic | "ticker" | "wall" | "bus" | "city";

/** One value with its envelope. Times are milliseconds since 1970 by the room's clock. */
export interface Entry<Body> {
  key: string;
  seq: number;
  observed: number;
  published: number;
  quality: Quality;
  source: string;
  body: Body;
}

export interface Line {
  seq: number;
  published: number;
  body: TickerLine;
}

export interface WallSlot {
  slot: number;
  panel: string;
  /** x, y, width, height in the wall's pixels. */
  rect: [number, number, number, number];
  options: Record<string, unknown>;
}

export interface Wall {
  name: string;
  layout: string;
  title: string;
  revision: number;
  slots: WallSlot[];
  size: [number, number];
  shown: string;
  is_curtained: boolean;
  age_s: number | null;
}

/** One binary frame of the live socket, inflated. */
export interface Frame {
  from: number;
  to: number;
  epoch: string;
  at: number;
  part?: number;
  of?: number;
  put?: Record<string, Record<string, [seq: number, observed: number, published: number, quality: Quality, source: string, body: unknown]>>;
  gone?: Record<string, string[]>;
  lines?: [seq: number, published: number, body: TickerLine][];
  fresh?: Record<string, [state: Freshness, age_s: number | null]>;
  bus?: Record<string, unknown> | null;
  simulated?: string[];
  wall?: Wall | null;
}

export interface Who {
  login: string;
  name: string;
  role: string;
  agency: string | null;
  ends_at: Moment;
}

export interface Welcome {
  kind: "welcome";
  token: string;
  epoch: string;
  rev: number;
  at: number;
  build: string;
  who: Who;
  /** `city`, or `agency:CODE`. */
  scope: string;
}

export type Bye = "ended" | "revoked" | "too_many" | "restart" | "identity";

export type Said = { kind: "challenge"; nonce: string } | Welcome | { kind: "beat"; at: number; rev: number } | { kind: "bye"; why: Bye };

/** `GET /view/config.json`: what a page must know of its city, and nothing else of the city folder. */
export interface CityConfig {
  code: string;
  name: string;
  room: string;
  time_zone: string;
  zone_label: string;
  language: string;
  bbox: [west: number, south: number, east: number, north: number];
  attribution: string;
  districts: { code: string; name: string; lon: number; lat: number }[];
  agencies: { code: string; name: string; short: string }[];
  categories: { code: string; names: Record<string, string>; agency: string | null }[];
  layers: { role: string; file: string }[];
  labels: { text: string; lon: number; lat: number; role: string }[];
  base: { kind: "pmtiles" | "xyz" | "wms"; min_zoom: number; max_zoom: number; opacity: number; attribution: string } | null;
}
