/** The words and small values all bodies are made of, as feeds.messages has them. Types only. */

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
