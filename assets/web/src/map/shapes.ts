/** The marks of the room, drawn on a canvas in wall units: states are shapes, each with a halo of the wall's ground. */
import type { Split } from "./clusters";

export type Colours = Record<string, string>;
type Pen = CanvasRenderingContext2D;

export const SIZES: Record<string, number> = { new: 48, reopened: 48, forwarded: 48, working: 46, done: 30, declined: 32, officer: 28, "officer-stale": 28 };
export const CLUSTER_R = 36;
/** Radius of the ring round what stands for a selected report. */
const RINGS: Record<string, number> = { focus: 32, "focus-cluster": 46, "focus-incident": 94 };
/** Parts of a divided rim in the order of a report's life, with the colour of each. */
export const PARTS: [keyof Split, string][] = [
  ["new", "red"],
  ["forwarded", "red"],
  ["working", "yellow"],
  ["done", "green"],
  ["declined", "green"],
];

/** An arrow that turns back, hundredths of the mark: it came again. The same drawing as in widgets.kit.marks. */
const RETURN_ARROW = "M-10 -14L-21 -3L-10 8M-21 -3L8 -3C26 -3 26 20 8 20L-6 20";

/** The square, in wall units, that holds a mark of this name with its halo. */
export function extent(name: string): number {
  if (name.startsWith("cluster")) return 2 * CLUSTER_R + 16;
  if (name.startsWith("camera")) return 64;
  if (name in RINGS) return 2 * RINGS[name]! + 8;
  if (name.startsWith("officer")) return 38;
  return (SIZES[name] ?? 48) * 1.62;
}

/** Draws the mark called `name` centred on the origin, `size` wall units large. */
export function drawMark(pen: Pen, name: string, size: number, colours: Colours, halo: string): void {
  const draw = DRAWN[name] ?? DRAWN["done"]!;
  pen.save();
  pen.lineJoin = "round";
  pen.lineCap = "round";
  draw(pen, size, colours, halo);
  pen.restore();
}

const DRAWN: Record<string, (pen: Pen, s: number, c: Colours, halo: string) => void> = {
  new: (pen, s, c, halo) => {
    triangle(pen, s, 0, 0, 0);
    painted(pen, { fill: halo, stroke: halo, width: 0.34 * s });
    painted(pen, { fill: c["red"]!, stroke: c["ink"]!, width: 0.075 * s });
  },
  reopened: (pen, s, c, halo) => {
    DRAWN["new"]!(pen, s, c, halo);
    pen.save();
    pen.translate(0, 0.19 * s);
    pen.scale(s / 100, s / 100);
    pen.strokeStyle = c["bg"]!;
    pen.lineWidth = 8.5;
    pen.stroke(new Path2D(RETURN_ARROW));
    pen.restore();
  },
  forwarded: (pen, s, c, halo) => {
    triangle(pen, s, 0, 0, 0);
    painted(pen, { fill: halo, stroke: halo, width: 0.22 * s });
    triangle(pen, s, 0.155 * s, 0.132 * s, 0.083 * s);
    painted(pen, { fill: halo, stroke: c["red"]!, width: 0.15 * s });
  },
  working: (pen, s, c, halo) => {
    const r = 0.58 * s;
    polygon(pen, [[0, -r], [r, 0], [0, r], [-r, 0]]);
    painted(pen, { stroke: halo, width: 0.22 * s });
    painted(pen, { fill: c["yellow"]! });
  },
  done: (pen, s, c, halo) => {
    disc(pen, 0.46 * s);
    painted(pen, { stroke: halo, width: 0.22 * s });
    painted(pen, { fill: c["green"]! });
  },
  declined: (pen, s, c, halo) => {
    disc(pen, 0.46 * s);
    painted(pen, { fill: halo, stroke: halo, width: 0.22 * s });
    disc(pen, 0.39 * s);
    painted(pen, { stroke: c["green"]!, width: 0.15 * s });
  },
  officer: (pen, s, c, halo) => {
    person(pen, s, halo, 9);
    person(pen, s, c["officer"]!);
  },
  "officer-stale": (pen, s, c, halo) => {
    person(pen, s, halo, 9);
    pen.globalAlpha = 0.4;
    person(pen, s, c["officer"]!);
  },
  camera: (pen, s, c) => cameraBox(pen, s, c, []),
  "camera-stale": (pen, s, c) => cameraBox(pen, s, c, [7, 6]),
  ...Object.fromEntries(
    Object.entries(RINGS).map(([name, radius]) => [
      name,
      (pen: Pen, _s: number, c: Colours) => {
        disc(pen, radius);
        painted(pen, { stroke: c["ink"]!, width: 4 });
      },
    ]),
  ),
};

/** A cluster: its count in a quiet disc, its rim divided by state. */
export function drawCluster(pen: Pen, split: Split, words: string, colours: Colours, family: string): void {
  disc(pen, CLUSTER_R + 4);
  painted(pen, { fill: colours["bg"]! });
  disc(pen, CLUSTER_R - 5);
  painted(pen, { fill: colours["raised"]! });
  const total = PARTS.reduce((sum, [part]) => sum + split[part], 0);
  let from = -Math.PI / 2;
  for (const [colour, share] of runs(split)) {
    const to = from + (share / total) * 2 * Math.PI;
    const gap = share === total ? 0 : 0.09;
    pen.beginPath();
    pen.arc(0, 0, CLUSTER_R - 3, from + gap, Math.max(from + gap, to - gap));
    pen.lineCap = "butt";
    painted(pen, { stroke: colours[colour]!, width: 8 });
    from = to;
  }
  pen.fillStyle = colours["ink"]!;
  pen.textAlign = "center";
  pen.textBaseline = "alphabetic";
  // `1,9 rb`: the figure, and below it of what.
  const [figure, unit] = words.split(" ") as [string, string?];
  const size = unit !== undefined || figure.length > 3 ? 26 : figure.length > 2 ? 28 : 36;
  pen.font = `600 ${size}px ${family}`;
  pen.fillText(figure, 0, unit !== undefined ? 3 : size === 36 ? 13 : 10);
  if (unit === undefined) return;
  pen.font = `600 22px ${family}`;
  pen.fillText(unit, 0, 22);
}

/** The parts of a split as runs of one colour each, empty ones left out. */
export function runs(split: Split): [colour: string, share: number][] {
  const found: [string, number][] = [];
  for (const [part, colour] of PARTS) {
    if (split[part] === 0) continue;
    const last = found.at(-1);
    if (last !== undefined && last[0] === colour) last[1] += split[part];
    else found.push([colour, split[part]]);
  }
  return found;
}

/** The icon of the legend: a camera or person without box, in a 24 grid scaled to `s`. */
export function drawIcon(pen: Pen, name: "camera" | "officer", s: number, colour: string): void {
  pen.save();
  pen.lineJoin = "round";
  pen.lineCap = "round";
  if (name === "officer") person(pen, s, colour);
  else cameraIcon(pen, s / 24, colour, 1.8);
  pen.restore();
}

function cameraBox(pen: Pen, s: number, c: Colours, dash: number[]): void {
  const k = s / 56;
  pen.beginPath();
  pen.roundRect(-28 * k, -22 * k, 56 * k, 44 * k, 7 * k);
  pen.setLineDash(dash);
  pen.lineCap = "butt";
  painted(pen, { fill: c["bg"]!, stroke: c["ink2"]!, width: 3 * k });
  pen.setLineDash([]);
  pen.lineCap = "round";
  cameraIcon(pen, 1.333 * k, c["ink2"]!, 2);
}

function cameraIcon(pen: Pen, k: number, colour: string, stroke: number): void {
  pen.save();
  pen.scale(k, k);
  pen.translate(-12, -12);
  pen.beginPath();
  pen.roundRect(2.5, 7, 12.5, 10, 1.5);
  pen.moveTo(15, 11);
  pen.lineTo(21, 7.5);
  pen.lineTo(21, 16.5);
  pen.lineTo(15, 13);
  painted(pen, { stroke: colour, width: stroke });
  pen.restore();
}

function person(pen: Pen, s: number, colour: string, stroke = 2): void {
  pen.save();
  pen.scale(s / 24, s / 24);
  pen.translate(-12, -12);
  pen.beginPath();
  pen.arc(12, 7, 3.7, 0, 2 * Math.PI);
  painted(pen, { fill: colour, stroke: colour, width: stroke });
  pen.beginPath();
  pen.moveTo(4.5, 21);
  pen.bezierCurveTo(4.5, 16, 7.7, 13, 12, 13);
  pen.bezierCurveTo(16.3, 13, 19.5, 16, 19.5, 21);
  pen.closePath();
  painted(pen, { fill: colour, stroke: colour, width: stroke });
  pen.restore();
}

function triangle(pen: Pen, s: number, top: number, side: number, base: number): void {
  polygon(pen, [[0, -0.528 * s + top], [0.6 * s - side, 0.528 * s - base], [-0.6 * s + side, 0.528 * s - base]]);
}

function polygon(pen: Pen, points: [number, number][]): void {
  pen.beginPath();
  points.forEach(([x, y], i) => (i === 0 ? pen.moveTo(x, y) : pen.lineTo(x, y)));
  pen.closePath();
}

function disc(pen: Pen, r: number): void {
  pen.beginPath();
  pen.arc(0, 0, r, 0, 2 * Math.PI);
}

function painted(pen: Pen, how: { fill?: string; stroke?: string; width?: number }): void {
  if (how.fill !== undefined) {
    pen.fillStyle = how.fill;
    pen.fill();
  }
  if (how.stroke !== undefined) {
    pen.strokeStyle = how.stroke;
    pen.lineWidth = how.width ?? 1;
    pen.stroke();
  }
}
