/** The shapes that say a state or a light: form first, colour second (visual.md, "States are shapes"). As widgets/kit/marks.py draws them. */
import type { JSX } from "preact";
import type { Incident, Light, State } from "./contract";

/** How large a state's mark is beside the triangle of a new report in the same list. */
export const RELATIVE_SIZE: Record<State, number> = { new: 1, reopened: 1, forwarded: 1, working: 1, done: 36 / 42, declined: 38 / 42, duplicate: 1, invalid: 1 };

const TRIANGLE = "0,-52.85 60,52.85 -60,52.85";
const HOLLOW = "0,-37.2 46.7,44.35 -46.7,44.35";
const DIAMOND = "0,-58 58,0 0,58 -58,0";
/** The sign of a reopened report. */
const RETURN_ARROW = "M-10 -14L-21 -3L-10 8M-21 -3L8 -3C26 -3 26 20 8 20L-6 20";

interface MarkProps {
  /** Nominal size in CSS pixels at ordinary text; the box is 1.3 times that. */
  size: number;
  /** Said to a screen reader where no word beside the mark says it. */
  label?: string | undefined;
}

function Box({ size, label, children }: MarkProps & { children: JSX.Element | JSX.Element[] }): JSX.Element {
  const side = `${(1.3 * size) / 16}rem`;
  const said = label === undefined ? { "aria-hidden": true } : { role: "img" as const, "aria-label": label };
  return (
    <svg class="mark" viewBox="-65 -65 130 130" width={side} height={side} stroke-linejoin="round" {...said}>
      {children}
    </svg>
  );
}

function solidTriangle(): JSX.Element {
  return <polygon points={TRIANGLE} fill="var(--red)" stroke="var(--ink)" stroke-width="7.5" />;
}

function shapeOf(state: State): JSX.Element {
  switch (state) {
    case "new":
      return solidTriangle();
    case "reopened":
      return (
        <g>
          {solidTriangle()}
          <path d={RETURN_ARROW} transform="translate(0 19)" fill="none" stroke="var(--bg)" stroke-width="8.5" />
        </g>
      );
    case "forwarded":
      return <polygon points={HOLLOW} fill="none" stroke="var(--red)" stroke-width="15" />;
    case "working":
      return <polygon points={DIAMOND} fill="var(--yellow)" />;
    case "done":
      return <circle r="46" fill="var(--green)" />;
    case "declined":
      return <circle r="38.9" fill="none" stroke="var(--green)" stroke-width="15" />;
    case "duplicate":
    case "invalid":
      return <rect x="-24" y="-5" width="48" height="10" fill="var(--ink3)" />;
  }
}

export function StateMark({ state, size, label }: MarkProps & { state: State }): JSX.Element {
  return (
    <Box size={size} label={label}>
      {shapeOf(state)}
    </Box>
  );
}

/** Triangle = critical, diamond = watch; within tolerance there is none. */
export function LightMark({ light, size, label }: MarkProps & { light: Light }): JSX.Element | null {
  if (light !== "red" && light !== "yellow") return null;
  return (
    <Box size={size} label={label}>
      {light === "red" ? solidTriangle() : <polygon points={DIAMOND} fill="var(--yellow)" />}
    </Box>
  );
}

const HEXAGON = "M0 -50L43.3 -25L43.3 25L0 50L-43.3 25L-43.3 -25Z";
/** Between two parts of the rim, in hundredths of it. */
const GAP = 3;

/** Many reports of one thing: a hexagon whose rim is divided by state. */
export function IncidentMark({ incident, size, label }: MarkProps & { incident: Pick<Incident, "new" | "forwarded" | "working" | "done"> }): JSX.Element {
  const parts: [number, string][] = [
    [incident.new + incident.forwarded, "var(--red)"],
    [incident.working, "var(--yellow)"],
    [incident.done, "var(--green)"],
  ];
  const present = parts.filter(([count]) => count > 0);
  const whole = present.reduce((sum, [count]) => sum + count, 0);
  const gap = present.length > 1 ? GAP : 0;
  let from = 0;
  const rims = present.map(([count, colour]) => {
    const share = (100 * count) / whole;
    const rim = <path key={colour} d={HEXAGON} pathLength="100" fill="none" stroke={colour} stroke-width="15" stroke-dasharray={`${Math.max(1, share - gap)} 100`} stroke-dashoffset={-(from + gap / 2)} />;
    from += share;
    return rim;
  });
  return (
    <Box size={size} label={label}>
      <path d={HEXAGON} fill="var(--bg)" />
      <g>{rims}</g>
    </Box>
  );
}
