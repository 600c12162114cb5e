/** The room's icons on their grid of 24, one colour, round joins: the same drawings as widgets/kit/icons.py. */
import type { JSX } from "preact";
import type { Channel, Hazard } from "./contract";

/** A path; or "x y width height radius" of a box, "x y radius" of a circle. */
const DRAWINGS = {
  app: [[7, 2.5, 10, 19, 2], "M10.5 18.5h3"],
  call: ["M5 3.5h4l1.7 4.6-2.3 1.7a12 12 0 0 0 5.8 5.8l1.7-2.3 4.6 1.7v4c0 .9-.8 1.5-1.7 1.4C11 19.7 4.3 13 3.6 5.2 3.5 4.3 4.1 3.5 5 3.5z"],
  sms: ["M3 5h18v11.5H11L6.5 20.5v-4H3z", "M8 10.7h.1M12 10.7h.1M16 10.7h.1"],
  mail: [[2.5, 5, 19, 14, 1.5], "M3 6.5l9 7 9-7"],
  social: ["M9.5 3.5l-2 17M16.5 3.5l-2 17M4 9h17M3 15h17"],
  web: [[12, 12, 9], "M3 12h18M12 3c3.2 3 3.2 15 0 18M12 3c-3.2 3-3.2 15 0 18"],
  cam: [[2.5, 7, 12.5, 10, 1.5], "M15 11l6-3.5v9L15 13z"],
  person: [[12, 7, 3.7], "M4.5 21c0-5 3.2-8 7.5-8s7.5 3 7.5 8z"],
  storm: ["M7 14.5a4.2 4.2 0 0 1-.4-8.4A5.6 5.6 0 0 1 17.3 7a3.8 3.8 0 0 1 .2 7.5", "M12.5 11l-3 5h4.5l-3 5.5"],
  quake: ["M2.5 12h4l2-6 3.5 13 3.5-15 2.5 11 1.5-3h2"],
  flood: ["M4.5 11.5L12 4.5l7.5 7M7 10v4M17 10v4", "M2.5 17.5c2.4-2 4.7-2 7.1 0s4.7 2 7.1 0 3.5-1.6 4.8-.6"],
  warning: ["M12 3.5L22 20.5H2z", "M12 10v5M12 17.8h.1"],
  photo: [[2.5, 4.5, 19, 15, 1.5], [8, 9.5, 1.7], "M3 17.5l5.5-5 4 3.5 3.5-3 5 4.5"],
  lock: [[5, 10.5, 14, 10, 1.5], "M8 10.5V7.5a4 4 0 0 1 8 0v3"],
  clock: [[12, 12, 9], "M12 7v5.3l3.5 2"],
  check: ["M4.5 12.5l5 5 10-11"],
  pin: ["M12 21.5c4.5-5.5 6.5-9 6.5-12a6.5 6.5 0 0 0-13 0c0 3 2 6.5 6.5 12z", [12, 9.5, 2.3]],
  chev: ["M6 9l6 6 6-6"],
  undo: ["M8 5L3.5 9.5 8 14M4 9.5h10a6 6 0 0 1 0 12h-3"],
  options: ["M3 7h8M17 7h4M3 17h4M13 17h8", [14, 7, 2.5], [10, 17, 2.5]],
} as const satisfies Record<string, readonly (string | readonly [number, number, number] | readonly [number, number, number, number, number])[]>;

export type IconName = keyof typeof DRAWINGS;

export const CHANNEL_ICONS: Record<Channel, IconName> = {
  laksa: "app",
  call_112: "call",
  call_centre: "call",
  sms: "sms",
  email: "mail",
  x: "social",
  facebook: "social",
  instagram: "social",
  website: "web",
  open311: "web",
};

export const HAZARD_ICONS: Record<Hazard["kind"], IconName> = { weather: "storm", earthquake: "quake", flood: "flood", other: "warning" };

interface IconProps {
  name: IconName;
  /** CSS pixels at ordinary text. */
  size: number;
  colour?: string;
}

export function Icon({ name, size, colour = "currentColor" }: IconProps): JSX.Element {
  const side = `${size / 16}rem`;
  return (
    <svg class="icon" aria-hidden viewBox="0 0 24 24" width={side} height={side} fill="none" stroke={colour} stroke-width="1.8" stroke-linejoin="round" stroke-linecap="round">
      {DRAWINGS[name].map((shape, index) => {
        if (typeof shape === "string") return <path key={index} d={shape} />;
        if (shape.length === 3) return <circle key={index} cx={shape[0]} cy={shape[1]} r={shape[2]} />;
        const [x, y, width, height, rx] = shape;
        return <rect key={index} x={x} y={y} width={width} height={height} rx={rx} />;
      })}
    </svg>
  );
}
