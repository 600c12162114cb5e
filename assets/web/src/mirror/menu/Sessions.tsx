/** One's own sessions on every device, each with a button that ends it. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { SessionRow } from "../doors";
import { deviceLabel, endSession, ownSessions } from "../entering";
import { useRoom } from "../room";
import { fill } from "../wording";

export function Sessions(): JSX.Element {
  const { tr, text, clock, view } = useRoom();
  const [rows, setRows] = useState<SessionRow[] | null>(null);
  const [isFailed, setFailed] = useState(false);
  const load = (): void => {
    setFailed(false);
    ownSessions(view.word).then(setRows, () => setFailed(true));
  };
  useEffect(load, []);
  if (isFailed) {
    return (
      <div class="words">
        <p>{tr("Daftar sesi tidak dapat dimuat.")}</p>
        <button onClick={load}>{tr("Coba lagi")}</button>
      </div>
    );
  }
  if (rows === null) return <p class="words">{tr("memuat")}</p>;
  const end = (id: string): void => {
    endSession(id, view.word).then(load, () => setFailed(true));
  };
  // The doors hand on what the browser calls itself.
  const named = (device: string): string => (device.startsWith("Mozilla/") ? deviceLabel(device) : device);
  const when = (moment: string): string => text.when(moment, clock.now() ?? moment);
  return (
    <ul class="sessions">
      {rows.map((row) => (
        <li key={row.id}>
          <span>
            <b>{row.is_this ? fill(tr("{device} (perangkat ini)"), { device: named(row.device) }) : named(row.device)}</b>
            <small>{fill(tr("masuk {since}, terlihat {seen}"), { since: when(row.created_at), seen: when(row.seen_at) })}</small>
          </span>
          {!row.is_this && <button onClick={() => end(row.id)}>{tr("Akhiri")}</button>}
        </li>
      ))}
    </ul>
  );
}
