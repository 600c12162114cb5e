/** The page's own elements: text is only ever text. */
import { drawIcon, drawMark, type Colours } from "./shapes";

export function el(tag: string, className: string, text?: string): HTMLElement {
  const made = document.createElement(tag);
  if (className !== "") made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Sets text only where it differs: an untouched node costs no layout. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`page has no #${id}`);
  return found;
}

export function svg(tag: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

/** A mark of `size` wall units as a small canvas, for legend and call-outs; `icon` draws it without box or halo. */
export function markCanvas(name: string, size: number, unit: number, colours: Colours, icon = false): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const ratio = window.devicePixelRatio;
  const side = Math.ceil((icon ? size : size * 1.34) * unit * ratio);
  canvas.width = canvas.height = side;
  canvas.style.width = canvas.style.height = `${side / ratio}px`;
  const pen = canvas.getContext("2d")!;
  pen.translate(side / 2, side / 2);
  pen.scale(unit * ratio, unit * ratio);
  if (icon) drawIcon(pen, name as "camera" | "officer", size, colours[name === "officer" ? "officer" : "ink2"]!);
  else drawMark(pen, name, size, colours, colours["out"]!);
  return canvas;
}
