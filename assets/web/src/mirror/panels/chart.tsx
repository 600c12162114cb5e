/** An S-curve by uPlot: the plan dashed and unbroken, the actual values solid, missing steps a raised band with the last value dashed. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { freeOf, gapsOf, type Box, type Gap } from "./gaps";
import { useRoom } from "../room";

type Values = readonly (number | null)[];

interface CurveProps {
  planned: Values;
  actual: Values;
  /** How many steps have passed. */
  elapsed: number;
  plan: string;
  /** What a screen reader is told. */
  label: string;
}

const MOST_STEPS = 366;

export function Curve({ planned, actual, elapsed, plan, label }: CurveProps): JSX.Element {
  const { tr, theme } = useRoom();
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot | null>(null);
  const words = { plan, span: tr("Jan–Des"), gap: tr("tanpa data") };
  const told = JSON.stringify([planned, actual, elapsed, plan, words, theme]);
  useEffect(() => {
    const box = place.current!;
    const draw = (): void => {
      const { width, height } = box.getBoundingClientRect();
      if (width < 60 || height < 30) return;
      drawn.current?.destroy();
      drawn.current = chartOf(box, { planned, actual, elapsed: Math.min(Math.max(0, elapsed), MOST_STEPS), words }, width, height);
    };
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(box);
    return () => {
      observer.disconnect();
      drawn.current?.destroy();
      drawn.current = null;
    };
  }, [told]);
  return <div class="curve" ref={place} role="img" aria-label={label} />;
}

interface Drawn {
  planned: Values;
  actual: Values;
  elapsed: number;
  words: { plan: string; span: string; gap: string };
}

function chartOf(box: HTMLElement, { planned, actual, elapsed, words }: Drawn, width: number, height: number): uPlot {
  const style = getComputedStyle(box);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const em = parseFloat(style.fontSize);
  const steps = Math.max(planned.length, actual.length, elapsed, 2);
  // Values beyond the scale are kept in the data of the panel and only drawn at its edge.
  const clipped = (values: Values): (number | null)[] => Array.from({ length: steps }, (_, i) => (values[i] === null || values[i] === undefined ? null : Math.min(100, Math.max(0, values[i]!))));
  const gaps = gapsOf(actual, elapsed);
  const line = 0.16 * em;
  return new uPlot(
    {
      width,
      height,
      padding: [0.4 * em, 0.4 * em, 0.4 * em, 0.2 * em],
      cursor: { show: false },
      legend: { show: false },
      scales: { x: { time: false, range: [0, steps - 1] }, y: { range: [0, 100] } },
      axes: [{ show: false }, { show: false }],
      series: [
        {},
        { stroke: colour("ink3"), width: 0.11 * em, dash: [0.28 * em, 0.25 * em], points: { show: false } },
        { stroke: colour("ink"), width: line, points: { show: false } },
      ],
      hooks: {
        drawClear: [(plot) => drawBands(plot, gaps, colour)],
        draw: [
          (plot) => {
            drawMissing(plot, gaps, colour("ink"), line, em);
            drawEnd(plot, clipped(actual), colour("ink"), em);
            const lines = [clipped(planned), clipped(actual)].map((values) => values.map((value, i) => (value === null ? null : ([plot.valToPos(i, "x", true), plot.valToPos(value, "y", true)] as const))));
            const dashed = gaps.map(({ before, after, value }) => (value === null ? [] : [before, after].map((step) => [plot.valToPos(step, "x", true), plot.valToPos(Math.min(100, Math.max(0, value)), "y", true)] as const)));
            drawWords(plot, { words, hasGap: gaps.length > 0, hasPlan: planned.some((value) => value !== null), lines: [...lines, ...dashed], ink: colour("ink3"), em, family: style.fontFamily });
          },
        ],
      },
    },
    [Array.from({ length: steps }, (_, i) => i), clipped(planned), clipped(actual)],
    box,
  );
}

function drawBands(plot: uPlot, gaps: readonly Gap[], colour: (name: string) => string): void {
  const { ctx, bbox } = plot;
  ctx.fillStyle = colour("raised");
  for (const { before, after } of gaps) {
    const left = plot.valToPos(before, "x", true);
    ctx.fillRect(left, bbox.top, Math.max(2, plot.valToPos(after, "x", true) - left), bbox.height);
  }
  ctx.strokeStyle = colour("line2");
  ctx.lineWidth = 1;
  for (const y of [bbox.top, bbox.top + bbox.height]) {
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
}

function drawMissing(plot: uPlot, gaps: readonly Gap[], ink: string, line: number, em: number): void {
  const { ctx } = plot;
  ctx.save();
  ctx.strokeStyle = ink;
  ctx.lineWidth = line * devicePixelRatio;
  ctx.setLineDash([0.11 * em * devicePixelRatio, 0.25 * em * devicePixelRatio]);
  for (const { before, after, value } of gaps) {
    if (value === null) continue;
    const y = plot.valToPos(Math.min(100, Math.max(0, value)), "y", true);
    ctx.beginPath();
    ctx.moveTo(plot.valToPos(before, "x", true) + 0.25 * em * devicePixelRatio, y);
    ctx.lineTo(plot.valToPos(after, "x", true), y);
    ctx.stroke();
  }
  ctx.restore();
}

function drawEnd(plot: uPlot, actual: Values, ink: string, em: number): void {
  const last = actual.reduce<number>((found, value, index) => (value === null ? found : index), -1);
  if (last < 0) return;
  const { ctx } = plot;
  ctx.fillStyle = ink;
  ctx.beginPath();
  ctx.arc(plot.valToPos(last, "x", true), plot.valToPos(actual[last]!, "y", true), 0.28 * em * devicePixelRatio, 0, 2 * Math.PI);
  ctx.fill();
}

interface Wording {
  words: Drawn["words"];
  hasGap: boolean;
  hasPlan: boolean;
  lines: readonly (readonly (readonly [x: number, y: number] | null)[])[];
  ink: string;
  em: number;
  family: string;
}

/** The plan's name top left; the word for a gap, else the span, where no curve passes. */
function drawWords(plot: uPlot, { words, hasGap, hasPlan, lines, ink, em, family }: Wording): void {
  const { ctx, bbox } = plot;
  const unit = em * devicePixelRatio;
  const first = bbox.top + 0.8 * unit;
  ctx.save();
  ctx.font = `400 ${unit}px ${family}`;
  ctx.fillStyle = ctx.strokeStyle = ink;
  ctx.textBaseline = "middle";
  if (hasPlan) {
    ctx.lineWidth = 0.11 * unit;
    ctx.setLineDash([0.28 * unit, 0.25 * unit]);
    ctx.beginPath();
    ctx.moveTo(bbox.left + 0.1 * unit, first);
    ctx.lineTo(bbox.left + 1.8 * unit, first);
    ctx.stroke();
    ctx.fillText(words.plan, bbox.left + 2.2 * unit, first);
  }
  const told = hasGap ? words.gap : words.span;
  const width = ctx.measureText(told).width;
  const at = (left: number, middle: number): Box => ({ left, top: middle - unit, right: left + width, bottom: middle + unit });
  const last = bbox.top + bbox.height - 0.75 * unit;
  const right = bbox.left + bbox.width - width - 0.1 * unit;
  const second = hasPlan ? first + 1.3 * unit : first;
  const place = freeOf([at(right, last), at(bbox.left + 0.1 * unit, second), at(right, first)], lines);
  if (place !== null) ctx.fillText(told, place.left, (place.top + place.bottom) / 2);
  ctx.restore();
}
