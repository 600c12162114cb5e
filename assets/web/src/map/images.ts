/** Marks as pictures at the screen's own resolution, made when first needed and forgotten when many are idle. */
import { drawCluster, drawMark, extent, SIZES, type Colours } from "./shapes";
import type { Mark } from "./clusters";
import { Numerals } from "../numerals";

const IDLE_LIMIT = 300;

export interface Picture {
  name: string;
  canvas: HTMLCanvasElement;
}

export class Images {
  private readonly numerals: Numerals;
  private readonly made = new Map<string, Picture>();

  constructor(
    private readonly colours: Colours,
    private readonly unit: number,
    private readonly family: string,
    language: string,
  ) {
    this.numerals = new Numerals(language);
  }

  plain(name: string): Picture {
    const halo = name.startsWith("officer") ? this.colours["land"]! : this.colours["bg"]!;
    const size = name.startsWith("camera") ? 56 : (SIZES[name] ?? 48);
    return this.take(name, (pen) => drawMark(pen, name, size, this.colours, halo));
  }

  of(mark: Mark): Picture {
    if (mark.state !== "cluster") return this.plain(mark.state);
    const { new: fresh, forwarded, working, done, declined } = mark.split;
    const words = this.numerals.short(mark.count);
    return this.take(`cluster ${fresh + forwarded} ${working} ${done + declined}`, (pen) => drawCluster(pen, mark.split, words, this.colours, this.family));
  }

  /** Lets go of the oldest pictures once there are many: counts change for ever, memory must not. */
  private take(name: string, draw: (pen: CanvasRenderingContext2D) => void): Picture {
    const held = this.made.get(name);
    if (held !== undefined) return held;
    for (const oldest of this.made.keys()) {
      if (this.made.size < IDLE_LIMIT) break;
      this.made.delete(oldest);
    }
    const ratio = window.devicePixelRatio;
    const side = Math.max(2, Math.ceil(extent(name) * this.unit * ratio));
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = side;
    const pen = canvas.getContext("2d", { willReadFrequently: true })!;
    pen.translate(side / 2, side / 2);
    pen.scale(this.unit * ratio, this.unit * ratio);
    draw(pen);
    const picture = { name, canvas };
    this.made.set(name, picture);
    return picture;
  }
}
