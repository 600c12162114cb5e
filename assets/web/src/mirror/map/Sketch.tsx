/** A drawing of the city with its reports: what is seen until the map is ready, and for good where the device cannot draw it. */
import type { Incident, Report, State } from "../contract";
import { StateMark } from "../marks";
import { useRoom, useSubjects } from "../room";
import { stateName } from "../wording";
import { placedNames, type Name, type Outline, type Taken } from "./outline";
import { countsFor, legendOf } from "./rows";

const ORDER: readonly State[] = ["done", "declined", "working", "forwarded", "reopened", "new"];
/** More marks than a drawing can show apart. */
const MOST = 300;
const MARK_REACH = 8;
const HEXAGON_REACH = 21;

interface SketchProps {
  outline: Outline;
  width: number;
  height: number;
  /** Names of districts stand on the land. */
  isNamed: boolean;
}

export function Sketch({ outline, width, height, isNamed }: SketchProps) {
  const room = useRoom();
  const store = useSubjects("report", "incident");
  const incidents = store.bodies("incident");
  const named = new Set(incidents.map(({ id }) => id));
  const lit = new Set(incidents.flatMap(({ districts }) => districts));
  const isPinned = ({ state, position, is_outside: isOutside, incident }: Report): boolean =>
    position !== null && !isOutside && ORDER.includes(state) && (incident === null || state === "declined" || !named.has(incident));
  const reports = store
    .bodies("report")
    .filter(isPinned)
    .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))
    .slice(-MOST);
  const zoom = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const reached = ({ position }: Pick<Report, "position">, reach: number): Taken => [...outline.view.project(position!.lon, position!.lat), reach];
  const marks = [...reports.map((report) => reached(report, MARK_REACH)), ...incidents.map((incident) => reached(incident, HEXAGON_REACH))];
  const districts = isNamed ? (room.city?.config.districts ?? []) : [];
  const names = placedNames(districts.map(({ name, lon, lat }): Name => ({ text: name, at: outline.view.project(lon, lat) })), marks, zoom);
  return (
    <svg class="sketch" width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={room.tr("Peta laporan")}>
      {outline.land.map(({ code, path }) => (
        <path key={code} d={path} class={lit.has(code) ? "land lit" : "land"} />
      ))}
      {outline.water !== "" && <path class="water" d={outline.water} />}
      {names.map(({ text, at: [x, y] }) => (
        <text key={text} class="district" x={x.toFixed(1)} y={(y + 4).toFixed(1)}>
          {text}
        </text>
      ))}
      {reports.map(({ id, state, position }) => {
        const [x, y] = outline.view.project(position!.lon, position!.lat);
        return (
          <g key={id} transform={`translate(${x.toFixed(1)} ${y.toFixed(1)})`} onClick={() => room.open({ kind: "report", id })}>
            <Shape state={state} />
          </g>
        );
      })}
      {incidents.map((incident) => (
        <Hexagon key={incident.id} incident={incident} at={outline.view.project(incident.position.lon, incident.position.lat)} />
      ))}
    </svg>
  );
}

const TOLD = ["new", "done", "forwarded", "declined", "working", "duplicate"] as const;

/** The counts of the map's legend: a drawing that waits for its map says no less than the map. */
export function SketchLegend() {
  const { tr, text, scope } = useRoom();
  const legend = legendOf(countsFor(scope, useSubjects("totals", "report")), 0, 0, text, tr);
  if (legend === null) return null;
  return (
    <ul class="sketch-legend">
      {TOLD.map((state) => (
        <li key={state}>
          <StateMark state={state} size={13} />
          <b>{text.number(state === "duplicate" ? legend.pinless : legend[state])}</b>
          {state === "duplicate" ? tr("Tanpa pin") : stateName(state, tr)}
        </li>
      ))}
    </ul>
  );
}

/** The mark of a state, 15 pixels large, with the halo that lifts it off the land. */
function Shape({ state }: { state: State }) {
  switch (state) {
    case "new":
    case "reopened":
      return <path class="mark new" d="M0 -8L9 8L-9 8Z" />;
    case "forwarded":
      return <path class="mark forwarded" d="M0 -6L7.2 7L-7.2 7Z" />;
    case "working":
      return <path class="mark working" d="M0 -8.5L8.5 0L0 8.5L-8.5 0Z" />;
    case "declined":
      return <circle class="mark declined" r="4" />;
    default:
      return <circle class="mark done" r="4.6" />;
  }
}

const HEXAGON = "M0 -18L15.6 -9L15.6 9L0 18L-15.6 9L-15.6 -9Z";

function Hexagon({ incident, at: [x, y] }: { incident: Incident; at: readonly [number, number] }) {
  const room = useRoom();
  const { id, title, new: fresh, forwarded, working, done } = incident;
  const whole = Math.max(1, fresh + forwarded + working + done);
  const parts = ([["red", fresh + forwarded], ["yellow", working], ["green", done]] as const).filter(([, count]) => count > 0);
  let from = 0;
  const rims = parts.map(([colour, count]) => {
    const share = (100 * count) / whole;
    const rim = <path key={colour} class={`rim ${colour}`} d={HEXAGON} pathLength="100" stroke-dasharray={`${parts.length > 1 ? share - 2.5 : 100} 100`} stroke-dashoffset={-from} />;
    from += share;
    return rim;
  });
  return (
    <g transform={`translate(${x.toFixed(1)} ${y.toFixed(1)})`} onClick={() => room.open({ kind: "incident", id })}>
      <title>{title}</title>
      <path class="hexagon" d={HEXAGON} />
      {rims}
      <text class="count" y="5" text-anchor="middle">
        {room.text.short(fresh + forwarded + working + done)}
      </text>
    </g>
  );
}
