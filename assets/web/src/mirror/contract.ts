/** What the mirror's service says: the frames of the live socket and the bodies in them, as feeds.messages has them. Types only; knows no page. */

export type Freshness = "live" | "late" | "stale" | "offline" | "error" | "waiting";
export type Quality = "measured" | "estimated" | "simulated";
export type State = "new" | "forwarded" | "working" | "done" | "declined" | "duplicate" | "invalid" | "reopened";
export type Channel = "laksa" | "call_112" | "call_centre" | "sms" | "email" | "x" | "facebook" | "instagram" | "website" | "open311";
export type Priority = "normal" | "urgent" | "emergency";
export type Light = "green" | "yellow" | "red" | "grey";
export type Due = "response" | "acceptance" | "completion";
/** ISO 8601 with a zone. */
export type Moment = string;
/** ISO 8601, a day alone. */
export type Day = string;
export type Position = { lon: number; lat: number };

export interface Report {
  id: string;
  state: State;
  category: string;
  channel: Channel;
  priority: Priority;
  received_at: Moment;
  changed_at: Moment;
  position: Position | null;
  is_outside: boolean;
  district: string | null;
  place: string | null;
  category_name: string | null;
  agency: string | null;
  incident: string | null;
  merged: number;
  text: string | null;
  photo_before: string | null;
  photo_before_at: Moment | null;
  photo_after: string | null;
  photo_after_at: Moment | null;
  evidence_ok: boolean | null;
  evidence_distance_m: number | null;
  is_exempt: boolean;
}

export interface Totals extends Record<State, number> {
  since: Moment;
  at: Moment;
  reports_epoch: string;
  reports_seq: number;
  received: number;
  without_position: number;
  outside: number;
  carried: number;
}

export interface Incident {
  id: string;
  title: string;
  category: string;
  since: Moment;
  position: Position;
  districts: string[];
  new: number;
  forwarded: number;
  working: number;
  done: number;
}

export interface TickerLine {
  report: string;
  state: State;
  category: string;
  channel: Channel;
  priority: Priority;
  at: Moment;
  district: string | null;
  place: string | null;
  category_name: string | null;
}

export interface Deadline {
  report: string;
  due: Due;
  due_at: Moment;
  is_late: boolean;
  state: State;
  category: string;
  priority: Priority;
  category_name: string | null;
  district: string | null;
  agency: string | null;
}

export interface DeadlineCount {
  late: number;
  at_risk: number;
}

export interface DeadlineTotals {
  as_of: Moment;
  response: DeadlineCount;
  acceptance: DeadlineCount;
  completion: DeadlineCount;
}

export interface EvaluationRow {
  received: number;
  open: number;
  done: number;
  late: number;
  direct: number;
  settled: number;
  code: string | null;
  name: string | null;
  groups: number;
  respond_h: number | null;
  finish_h: number | null;
}

export interface Evaluation {
  since: Moment;
  as_of: Moment;
  days: number;
  total: EvaluationRow;
  categories: EvaluationRow[];
  agencies: EvaluationRow[];
  districts: EvaluationRow[];
}

export interface Officer {
  number: string;
  agency: string;
  is_on_task: boolean;
  seen_at: Moment;
  position: Position | null;
  position_at: Moment | null;
  report: string | null;
}

export interface Presence {
  agency: string;
  present: number;
  expected: number;
  as_of: Moment;
}

export interface Camera {
  id: string;
  name: string;
  owner: string;
  position: Position | null;
  is_up: boolean | null;
  probed_at: Moment | null;
}

export interface Hazard {
  id: string;
  kind: "weather" | "earthquake" | "flood" | "other";
  severity: "extreme" | "severe" | "moderate" | "minor" | "unknown";
  headline: string;
  issued_at: Moment;
  attribution: string;
  onset_at: Moment | null;
  expires_at: Moment | null;
  area: string | null;
  districts: string[];
  polygons: [number, number][][];
  position: Position | null;
  magnitude: number | null;
  depth_km: number | null;
  distance_km: number | null;
  is_drill: boolean;
}

export interface Notice {
  id: string;
  text: string;
  at: Moment;
  attribution: string;
  expires_at: Moment | null;
}

export interface RiverGauge {
  id: string;
  name: string;
  at: Moment;
  level_cm: number;
  state: "normal" | "watch" | "alert" | "danger" | "unknown";
  attribution: string;
  thresholds_cm: [number | null, number | null, number | null];
  river: string | null;
  change_cm_h: number | null;
  position: Position | null;
  fault: "flat" | "impossible" | null;
}

export interface AirStation {
  id: string;
  name: string;
  at: Moment;
  index: number | null;
  category: "good" | "moderate" | "unhealthy" | "very_unhealthy" | "hazardous" | null;
  attribution: string;
  dominant: string | null;
  concentrations: Record<string, number>;
  stated_index: number | null;
  position: Position | null;
  fault: "flat" | "impossible" | null;
}

export interface ForecastStep {
  at: Moment;
  sky: string;
  text: Record<string, string>;
  temperature_c: number | null;
  humidity_percent: number | null;
  wind_km_h: number | null;
  wind_from: string | null;
  rain_mm: number | null;
}

export interface Forecast {
  id: string;
  place: string;
  issued_at: Moment;
  steps: ForecastStep[];
  attribution: string;
  district: string | null;
  position: Position | null;
}

export interface Application {
  id: string;
  name: string;
  group: string;
  is_public: boolean;
  state: "up" | "stale" | "down" | "maintenance";
  checked_at: Moment;
  since: Moment;
  latency_ms: number | null;
  uptime_percent: number | null;
  data_at: Moment | null;
  certificate_days: number | null;
  fault: string | null;
  figure: number | null;
}

export interface Ratio {
  value: number | null;
  numerator: number | null;
  denominator: number | null;
}

export interface Curve {
  step: string;
  values: (number | null)[];
}

export interface AgencyFigure {
  agency: string;
  deviation: number | null;
  light: Light;
}

/** For the head of an agency the city's own values are null and `agencies` holds that agency alone. */
export interface Finance {
  year: number;
  as_of: Day;
  source: string;
  absorption: Ratio;
  target: number | null;
  target_version: string;
  deviation: number | null;
  light: Light;
  planned: Curve;
  actual: Curve;
  agencies: AgencyFigure[];
  excluded_rows: number;
}

export interface CriticalContract {
  id: string;
  name: string;
  agency: string;
  deviation: number;
}

export interface Progress {
  year: number;
  week: number;
  weeks: number;
  as_of: Day;
  source: string;
  progress: Ratio;
  planned_value: number | null;
  target_version: string;
  deviation: number | null;
  light: Light;
  planned: Curve;
  actual: Curve;
  critical: CriticalContract[];
  contracts: number;
  excluded_rows: number;
}

export interface Procurement {
  year: number;
  as_of: Moment;
  source: string;
  announced: Ratio;
  stages: { stage: string; packages: number }[];
  late_packages: number;
  efficiency: number | null;
  excluded_rows: number;
}

export interface Source {
  title: string;
  topics: string[];
  state: "ok" | "waiting" | "down";
  checked_at: Moment | null;
  interval_s: number;
}

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

export type Bye = "ended" | "revoked" | "too_many" | "new_build" | "restart" | "identity";

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
