/** Applications, figures and sources, as feeds.messages has them. Types only. */
import type { Day, Light, Moment } from "./contract_values";

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
