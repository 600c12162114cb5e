/** Title, as-of, chips, veil, legend, scale and attribution: the panel's frame as PanelFrame draws it for other panels. */
import type { Config, Frame, Legend } from "./contract";
import { byId, el, markCanvas, setText, svg } from "./dom";
import { Numerals } from "../numerals";
import { overlap, type Box } from "./boxes";

/** How much the legend says: with names in three columns, in two, or marks and counts alone. */
export const LEGENDS = ["wide", "tall", "brief", "none"] as const;
export type LegendShape = (typeof LEGENDS)[number];

interface Entry {
  name: string;
  count: keyof Omit<Legend, "notes">;
  words: string;
  size: number;
  icon?: boolean;
}

const COLUMNS: Record<Exclude<LegendShape, "none">, string[][]> = {
  wide: [["new", "forwarded", "working"], ["done", "declined", "pinless"], ["cameras", "officers"]],
  tall: [["new", "forwarded", "working", "done", "declined", "pinless", "cameras", "officers"]],
  brief: [["new", "forwarded", "working"], ["done", "declined", "pinless"]],
};

/** A wide column's room by its first entry. */
const WIDTHS: Record<string, number> = { new: 308, done: 470, cameras: 496, officers: 496 };

/** What each count of the legend is drawn for; a layer that is not shown has no marks, so its count would mean none of them. */
const LAYERS: Record<string, string> = { cameras: "cameras", officers: "officers" };

/** The legend's columns without the layers that are not shown; incidents hold reports too. */
export function columnsOf(shape: Exclude<LegendShape, "none">, show: readonly string[]): string[][] {
  const hasReports = show.includes("reports") || show.includes("incidents");
  return COLUMNS[shape]
    .map((column) => column.filter((key) => (LAYERS[key] === undefined ? hasReports : show.includes(LAYERS[key]!))))
    .filter((column) => column.length > 0);
}

export class Chrome {
  private readonly counts = new Map<string, HTMLElement>();
  private readonly reopened = el("span", "again");
  private readonly note = el("div", "note");
  private shape: LegendShape = "none";
  private meta = "";
  private waiting = "";
  private readonly numerals: Numerals;

  constructor(private readonly config: Config) {
    this.note.hidden = true;
    this.numerals = new Numerals(config.language);
  }

  /** Words after the second line for as long as the map is not complete; empty: none. */
  get loading(): string {
    return this.waiting;
  }

  set loading(words: string) {
    this.waiting = words;
    this.showMeta();
  }

  private showMeta(): void {
    setText(byId("meta"), [this.meta, this.waiting].filter((part) => part !== "").join(" · "));
  }

  showFrame(frame: Frame): void {
    setText(byId("title"), frame.title);
    this.meta = frame.meta;
    this.showMeta();
    document.body.classList.toggle("old", frame.freshness === "stale" || frame.freshness === "offline");
    byId("veil").hidden = !(frame.freshness === "stale" || frame.freshness === "offline");
    const card = byId("card");
    card.hidden = frame.error === "";
    setText(card.querySelector(".what")!, frame.error);
    setText(card.querySelector(".remedy")!, frame.remedy);
    byId("simulated-edge").hidden = frame.simulated === "";
    const chips = byId("chips");
    const wanted: [string, string][] = [];
    if (frame.simulated !== "") wanted.push(["chip sim", frame.simulated]);
    if (frame.words !== "") wanted.push([`chip ${frame.freshness}`, frame.words]);
    const now = wanted.map(([kind, words]) => `${kind}|${words}`).join("\n");
    if (chips.dataset["now"] === now) return;
    chips.dataset["now"] = now;
    chips.replaceChildren(
      ...wanted.map(([kind, words]) => {
        const chip = el("span", kind);
        chip.append(kind.endsWith("sim") ? dashedRim() : el("i", ""));
        chip.append(el("bdi", "", words));
        return chip;
      }),
    );
  }

  showLegend(legend: Legend | null): void {
    for (const [count, node] of this.counts) setText(node, legend === null ? "—" : this.numerals.number(legend[count as "new"]));
    const again = legend?.reopened ?? 0;
    this.reopened.hidden = again === 0;
    setText(this.reopened.querySelector("u") ?? this.reopened, this.numerals.number(again));
    const notes = legend?.notes.join("\u00a0· ") ?? "";
    setText(this.note, notes);
    // A row once taken stays: the city does not move because a note has gone.
    if (notes !== "") this.note.hidden = false;
  }

  /** Lays the legend out in one of its shapes, hidden until it is placed. */
  buildLegend(shape: LegendShape): void {
    this.shape = shape;
    const legend = byId("legend");
    this.counts.clear();
    legend.replaceChildren();
    legend.className = shape;
    if (shape === "none") return;
    const entries = new Map(this.entries().map((entry) => [entry.count as string, entry]));
    const grid = el("div", "columns");
    const columns = columnsOf(shape, this.config.options.show);
    columns.forEach((column, x) =>
      column.forEach((key, y) => {
        const cell = this.cell(entries.get(key)!);
        cell.style.gridColumn = String(x + 1);
        // The shorter last column ends with the others.
        cell.style.gridRow = String(y + 1 + columns[0]!.length - column.length);
        grid.append(cell);
      }),
    );
    if (shape === "wide") grid.style.gridTemplateColumns = columns.map((column) => `${WIDTHS[column[0]!]! * this.config.unit}px`).join(" ");
    legend.append(grid, this.note);
  }

  /** The legend's box when it stands at the bottom left, off the seams. */
  placeLegend(height: number, seams: readonly Box[]): Box | null {
    const legend = byId("legend");
    if (this.shape === "none") return null;
    const u = this.config.unit;
    const size = legend.getBoundingClientRect();
    let top = height - 30 * u - size.height;
    for (const seam of seams) {
      if (seam.width >= seam.height && seam.y < top + size.height && seam.y + seam.height > top) top = seam.y - 12 * u - size.height;
    }
    legend.style.top = `${top}px`;
    return { x: 32 * u, y: top, width: size.width, height: size.height };
  }

  /** Draws the scale below the chips, or below `meta` where that reaches so far; returns its box. */
  showScale(metres: number, length: number, meta: Box): Box {
    const scale = byId("scale");
    scale.style.top = "";
    (scale.querySelector("i") as HTMLElement).style.width = `${length}px`;
    setText(scale.querySelector("span")!, metres >= 1000 ? `${metres / 1000} km` : `${metres} m`);
    if (overlap(scale.getBoundingClientRect(), meta) > 0) scale.style.top = `${meta.y + meta.height + 8 * this.config.unit}px`;
    return scale.getBoundingClientRect();
  }

  private cell(entry: Entry): HTMLElement {
    const cell = el("span", "");
    const sign = el("i", entry.count === "pinless" ? "dash" : "");
    if (entry.count !== "pinless") sign.append(markCanvas(entry.name, entry.size, this.config.unit, this.config.colours, entry.icon));
    const count = el("b", "", "—");
    this.counts.set(entry.count, count);
    cell.append(sign, count, el("em", "", entry.words));
    if (entry.count === "new") {
      this.reopened.replaceChildren(markCanvas("reopened", 30, this.config.unit, this.config.colours), el("u", ""));
      cell.append(this.reopened);
    }
    return cell;
  }

  private entries(): Entry[] {
    const w = this.config.words;
    return [
      { name: "new", count: "new", words: w["new"]!, size: 38 },
      { name: "forwarded", count: "forwarded", words: w["forwarded"]!, size: 38 },
      { name: "working", count: "working", words: w["working"]!, size: 38 },
      { name: "done", count: "done", words: w["done"]!, size: 32 },
      { name: "declined", count: "declined", words: w["declined"]!, size: 32 },
      { name: "", count: "pinless", words: w["pinless"]!, size: 0 },
      { name: "camera", count: "cameras", words: w["cameras"]!, size: 42, icon: true },
      { name: "officer", count: "officers", words: w["officers"]!, size: 38, icon: true },
    ];
  }
}

/** CSS draws dashes as it likes; these are those of the other panels. */
function dashedRim(): SVGElement {
  const rim = svg("svg", {});
  rim.append(svg("rect", {}));
  return rim;
}
