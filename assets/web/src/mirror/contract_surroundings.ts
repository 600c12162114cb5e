/** People, cameras and nature around the city, as feeds.messages has them. Types only. */
import type { Moment, Position } from "./contract_values";

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
