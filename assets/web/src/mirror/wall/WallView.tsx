/** "Seperti di dinding": the wall's own panels as pictures, where they stand, each with its age. Fingers, wheel and keys enlarge it. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import "./wall.css";
import { Chip } from "../card";
import { useRoom, useTicking } from "../room";
import { panelName } from "../wording";
import { CURTAIN_SLOT, NOTHING, Stills, type WallShape, type WallState } from "./stills";
import { fitted, moved, zoomed, type Place } from "./zoom";

/** A wall that has said nothing for so long is not what stands there now. */
const SILENT_MS = 5_000;

export function WallView({ onClose }: { onClose: () => void }): JSX.Element {
  const { tr, text, language, clock } = useRoom();
  const place = useRef<HTMLDialogElement>(null);
  const [state, setState] = useState<WallState>(NOTHING);
  useEffect(() => place.current?.showModal(), []);
  useEffect(() => {
    const build = document.querySelector<HTMLMetaElement>('meta[name="build"]')?.content ?? "";
    const stills = new Stills(setState, { build, language });
    return () => stills.stop();
  }, [language]);
  const isSilent = (): boolean => !state.isOpen || state.heardAt === null || performance.now() - state.heardAt > SILENT_MS;
  useTicking(() => String(isSilent()) + Math.floor((clock.now() ?? 0) / 1000));
  const newest = [...state.stills.values()].reduce((at, { painted_at }) => Math.max(at, Date.parse(painted_at)), 0);
  const age_s = newest === 0 ? null : Math.max(0, ((clock.now() ?? newest) - newest) / 1000);
  return (
    <dialog ref={place} class="wall" aria-label={tr("Seperti di dinding")} onClose={onClose}>
      <header>
        <h2>{tr("Seperti di dinding")}</h2>
        {state.heardAt !== null && <Chip state={isSilent() ? "offline" : "live"} words={isSilent() ? `${tr("TERPUTUS")} ${text.age(age_s)}` : text.age(age_s)} />}
        <button onClick={() => place.current?.close()}>{tr("Tutup")}</button>
      </header>
      {state.shape === null ? <p>{state.isAbsent ? tr("Dinding sedang tidak mengirim gambar") : tr("Menunggu gambar dari dinding")}</p> : <Picture state={state} shape={state.shape} isOld={isSilent()} />}
    </dialog>
  );
}

function Picture({ state, shape, isOld }: { state: WallState; shape: WallShape; isOld: boolean }): JSX.Element {
  const { tr, text, clock } = useRoom();
  const frame = useRef<HTMLDivElement>(null);
  const [width, height] = shape.size;
  const { place, ...handlers } = useZoom(frame, width, height);
  const slots = shape.is_curtained ? [{ index: CURTAIN_SLOT, panel: "", rect: [0, 0, width, height] as const }] : shape.slots;
  return (
    <div ref={frame} class={isOld ? "wall-frame old" : "wall-frame"} tabIndex={0} role="group" aria-label={tr("Gambar dinding, + dan − memperbesar dan memperkecil")} {...handlers}>
      <div class="wall-picture" style={{ width: `${width}px`, height: `${height}px`, transform: `translate(${place.x}px, ${place.y}px) scale(${place.scale})` }}>
        {slots.map(({ index, panel, rect: [x, y, w, h] }) => {
          const still = state.stills.get(index);
          const age = still === undefined ? "" : text.age(Math.max(0, ((clock.now() ?? 0) - Date.parse(still.painted_at)) / 1000));
          return (
            <div key={index} class="wall-slot" style={{ left: `${x}px`, top: `${y}px`, width: `${w}px`, height: `${h}px` }}>
              {still !== undefined && <img src={still.url} alt={`${panel === "" ? tr("Seperti di dinding") : panelName(panel, tr)} ${age}`} draggable={false} />}
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface Handlers {
  onPointerDown: (event: PointerEvent) => void;
  onPointerMove: (event: PointerEvent) => void;
  onPointerUp: (event: PointerEvent) => void;
  onPointerCancel: (event: PointerEvent) => void;
  onWheel: (event: WheelEvent) => void;
  onKeyDown: (event: KeyboardEvent) => void;
  onDblClick: (event: MouseEvent) => void;
}

function useZoom(frame: { current: HTMLDivElement | null }, width: number, height: number): Handlers & { place: Place } {
  const [room, setRoom] = useState({ width: innerWidth, height: innerHeight });
  const least = fitted(width, height, room);
  const [held, setPlace] = useState<Place | null>(null);
  const place = held ?? least;
  const fingers = useRef(new Map<number, [number, number]>());
  useEffect(() => {
    const node = frame.current;
    if (node === null) return undefined;
    const watching = new ResizeObserver(() => {
      setRoom({ width: node.clientWidth, height: node.clientHeight });
      setPlace(null);
    });
    watching.observe(node);
    return () => watching.disconnect();
  }, [frame]);
  useEffect(() => setPlace(null), [width, height]);
  const put = (next: Place, dx = 0, dy = 0): void => setPlace(next.scale <= least.scale * 1.001 ? null : moved(next, dx, dy, width, height, room));
  const at = (event: MouseEvent): [number, number] => {
    const box = frame.current!.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const zoomBy = (factor: number, [x, y]: [number, number]): void => put(zoomed(place, factor, x, y, least.scale));
  const lift = (event: PointerEvent): void => void fingers.current.delete(event.pointerId);
  return {
    place,
    onPointerDown: (event) => {
      frame.current?.setPointerCapture(event.pointerId);
      fingers.current.set(event.pointerId, at(event));
    },
    onPointerMove: (event) => {
      const before = fingers.current.get(event.pointerId);
      if (before === undefined) return;
      const now = at(event);
      const other = [...fingers.current].find(([id]) => id !== event.pointerId)?.[1];
      fingers.current.set(event.pointerId, now);
      if (other === undefined) return put(place, now[0] - before[0], now[1] - before[1]);
      const spread = ([x, y]: [number, number]): number => Math.max(1, Math.hypot(x - other[0], y - other[1]));
      zoomBy(spread(now) / spread(before), [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2]);
    },
    onPointerUp: lift,
    onPointerCancel: lift,
    onWheel: (event) => {
      event.preventDefault();
      zoomBy(Math.exp(-event.deltaY / 400), at(event));
    },
    onDblClick: (event) => (held === null ? zoomBy(3, at(event)) : setPlace(null)),
    onKeyDown: ({ key }) => {
      const middle: [number, number] = [room.width / 2, room.height / 2];
      const step: Record<string, [number, number]> = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] };
      if (key === "+" || key === "=") zoomBy(1.4, middle);
      else if (key === "-" || key === "−") zoomBy(1 / 1.4, middle);
      else if (key === "0") setPlace(null);
      else if (step[key] !== undefined) put(place, ...step[key]);
    },
  };
}
