/** How things stand, as shapes: the scale of widgets/kit/conditions.py. Normal is small and grey. */
import type { JSX } from "preact";
import type { AirStation, RiverGauge } from "../contract";

export type Condition = "normal" | "paused" | "unknown" | "fault" | "watch" | "alert" | "critical" | "clean_air" | "fair_air" | "hazardous_air";

export const OF_WATER: Record<RiverGauge["state"], Condition> = { normal: "normal", watch: "watch", alert: "alert", danger: "critical", unknown: "unknown" };
export const OF_AIR: Record<NonNullable<AirStation["category"]>, Condition> = {
  good: "clean_air",
  moderate: "fair_air",
  unhealthy: "watch",
  very_unhealthy: "critical",
  hazardous: "hazardous_air",
};

export function needsSomebody(condition: Condition): boolean {
  return condition === "watch" || condition === "alert" || condition === "critical" || condition === "hazardous_air";
}

/** `size`: of its box, CSS pixels at ordinary text. */
export function ConditionMark({ condition, size }: { condition: Condition; size: number }): JSX.Element {
  const side = `${size / 16}rem`;
  return (
    <svg class="mark" aria-hidden viewBox="-50 -50 100 100" width={side} height={side} stroke-linejoin="round">
      {shapeOf(condition)}
    </svg>
  );
}

function shapeOf(condition: Condition): JSX.Element {
  switch (condition) {
    case "critical":
      return <polygon points="0,-44 50,44 -50,44" fill="var(--red)" stroke="var(--ink)" stroke-width="6" />;
    case "hazardous_air":
      return <polygon points="0,-44 50,44 -50,44" fill="#000000" stroke="var(--ink)" stroke-width="9" />;
    case "alert":
      return <polygon points="0,-31 39,37 -39,37" fill="none" stroke="var(--red)" stroke-width="12.6" />;
    case "watch":
      return <polygon points="0,-50 50,0 0,50 -50,0" fill="var(--yellow)" />;
    case "fault":
      return <path d="M-36 0a36 36 0 1 0 72 0a36 36 0 1 0 -72 0M-24 24L24 -24" fill="none" stroke="var(--ink2)" stroke-width="10" />;
    case "unknown":
      return <circle r="20" fill="none" stroke="var(--ink3)" stroke-width="8" />;
    case "paused":
      return <path d="M-20 -24h12v48h-12zM8 -24h12v48h-12z" fill="var(--ink3)" />;
    case "clean_air":
      return <circle r="26" fill="var(--green)" />;
    case "fair_air":
      return <rect x="-25" y="-25" width="50" height="50" rx="4" fill="var(--water_label)" />;
    case "normal":
      return <circle r="20" fill="var(--bar)" />;
  }
}
