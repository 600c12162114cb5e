/** All marks on one canvas above the still map: a batch redraws only the places that differ, and costs the map no frame. */
import type { Point } from "./boxes";
import type { Picture } from "./images";

export interface Sprite {
  picture: Picture;
  at: Point;
}

interface Placed {
  key: string;
  canvas: HTMLCanvasElement;
  x: number;
  y: number;
  side: number;
}

export class Overlay {
  private readonly pen: CanvasRenderingContext2D;
  private shown: Placed[] = [];
  private keys = new Set<string>();

  constructor(private readonly canvas: HTMLCanvasElement) {
    this.pen = canvas.getContext("2d")!;
  }

  /** Takes the panel's size in CSS pixels and forgets what is drawn. */
  resize(width: number, height: number): void {
    const ratio = window.devicePixelRatio;
    this.canvas.width = Math.ceil(width * ratio);
    this.canvas.height = Math.ceil(height * ratio);
    this.shown = [];
    this.keys = new Set();
  }

  /** Shows exactly these, first to last. */
  show(sprites: readonly Sprite[]): void {
    const placed = sprites.map(place);
    const keys = new Set(placed.map(({ key }) => key));
    const dirty = [...this.shown.filter(({ key }) => !keys.has(key)), ...placed.filter(({ key }) => !this.keys.has(key))];
    this.shown = placed;
    this.keys = keys;
    if (dirty.length === 0) return;
    this.pen.save();
    this.pen.beginPath();
    for (const { x, y, side } of dirty) {
      this.pen.clearRect(x, y, side, side);
      this.pen.rect(x, y, side, side);
    }
    this.pen.clip();
    for (const one of placed) if (dirty.some((other) => meets(one, other))) this.pen.drawImage(one.canvas, one.x, one.y);
    this.pen.restore();
  }
}

/** On whole pixels of the screen, so that edges stay sharp. */
function place({ picture: { name, canvas }, at: [x, y] }: Sprite): Placed {
  const ratio = window.devicePixelRatio;
  const [left, top] = [Math.round(x * ratio - canvas.width / 2), Math.round(y * ratio - canvas.height / 2)];
  return { key: `${name} ${left} ${top}`, canvas, x: left, y: top, side: canvas.width };
}

function meets(a: Placed, b: Placed): boolean {
  return a.x < b.x + b.side && b.x < a.x + a.side && a.y < b.y + b.side && b.y < a.y + a.side;
}
