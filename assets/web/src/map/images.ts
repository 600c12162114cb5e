/** Marks as images of the map at the screen's own resolution, made when first needed and forgotten when many are idle. */
import type { Map as GlMap } from "maplibre-gl";
import { drawCluster, drawMark, extent, SIZES, type Colours } from "./shapes";
import type { Mark } from "./clusters";

const IDLE_LIMIT = 300;

export class Images {
  private readonly made = new Set<string>();

  constructor(
    private readonly map: GlMap,
    private readonly colours: Colours,
    private readonly unit: number,
    private readonly family: string,
  ) {}

  /** The name of the plain mark's image. */
  plain(name: string): string {
    const halo = name === "officer" ? this.colours["land"]! : this.colours["bg"]!;
    const size = name.startsWith("camera") ? 56 : (SIZES[name] ?? 48);
    this.make(name, (pen) => drawMark(pen, name, size, this.colours, halo));
    return name;
  }

  of(mark: Mark): string {
    if (mark.state !== "cluster") return this.plain(mark.state);
    const { new: fresh, forwarded, working, done, declined } = mark.split;
    const name = `cluster ${fresh + forwarded} ${working} ${done + declined}`;
    const words = mark.count > 999 ? `${Math.floor(mark.count / 1000)}k` : String(mark.count);
    this.make(name, (pen) => drawCluster(pen, mark.split, words, this.colours, this.family));
    return name;
  }

  /** Lets go of cluster images that are not in use once there are many: counts change for ever, memory must not. */
  keep(used: ReadonlySet<string>): void {
    if (this.made.size <= used.size + IDLE_LIMIT) return;
    for (const name of this.made) {
      if (!name.startsWith("cluster") || used.has(name)) continue;
      this.map.removeImage(name);
      this.made.delete(name);
    }
  }

  private make(name: string, draw: (pen: CanvasRenderingContext2D) => void): void {
    if (this.made.has(name)) return;
    const ratio = window.devicePixelRatio;
    const side = Math.max(2, Math.ceil(extent(name) * this.unit * ratio));
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = side;
    const pen = canvas.getContext("2d", { willReadFrequently: true })!;
    pen.translate(side / 2, side / 2);
    pen.scale(this.unit * ratio, this.unit * ratio);
    draw(pen);
    this.map.addImage(name, pen.getImageData(0, 0, side, side), { pixelRatio: ratio });
    this.made.add(name);
  }
}
