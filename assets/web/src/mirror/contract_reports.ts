/** What citizens have told and what became of it, as feeds.messages has it. Types only. */
import type { Channel, Due, Moment, Position, Priority, State } from "./contract_values";

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
