/** What covers the page while the wall's curtain is drawn: the emblem, the city, and nothing of the room. */
import type { JSX } from "preact";
import { useRoom } from "./room";

export function Curtain(): JSX.Element {
  const { tr, city } = useRoom();
  return (
    <main class="curtain">
      <Emblem size={96} />
      <h1>{city?.config.name ?? "LIVE Room"}</h1>
      <p>{tr("Layar dinding sedang ditutup. Halaman ini terbuka kembali bersama dinding.")}</p>
    </main>
  );
}

/** Roofs over a river: widgets/kit/emblem.py. */
export function Emblem({ size }: { size: number }): JSX.Element {
  const side = `${size / 16}rem`;
  const wave = (top: number): string => `M20 ${top}C35.3 ${top - 14} 50.7 ${top - 14} 66 ${top}C81.3 ${top + 14} 96.7 ${top + 14} 112 ${top}`;
  return (
    <svg aria-hidden viewBox="0 0 132 132" width={side} height={side} fill="none" stroke-linejoin="round">
      <rect x="1.5" y="1.5" width="129" height="129" rx="14" stroke="var(--line2)" stroke-width="3" />
      <path d={wave(84)} stroke="var(--sel)" stroke-width="7" />
      <path d={wave(104)} stroke="var(--sel)" stroke-width="7" opacity="0.5" />
      <path d="M30 62V44H48V62M57 62V26H75V62M84 62V38H102V62" stroke="var(--ink)" stroke-width="6" />
    </svg>
  );
}
