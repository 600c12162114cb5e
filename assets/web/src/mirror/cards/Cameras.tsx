/** Cameras as stills with an age each: those the wall shows, at most six, fetched while somebody looks at them. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Card } from "../card";
import type { Camera, Wall } from "../contract";
import { Icon } from "../icons";
import { useRoom, useSubjects, useTicking, type Room } from "../room";
import type { Store } from "../store";
import { fill } from "../wording";

export const MOST_CAMERAS = 6;
/** As many as the wall's panel shows when nobody has chosen. */
const ORDINARY = 4;
const EVERY_MS = 10_000;
/** A still older than this is told as old. */
const OLD_AFTER_S = 60;

export interface Still {
  url: string | null;
  /** By the room's clock, milliseconds since 1970. */
  takenAt: number | null;
}

/** Ids of the cameras to show: the wall's choice where it has made one, else the first ones that give a picture. */
export function chosenCameras(wall: Wall | null, cameras: readonly Camera[]): string[] {
  const known = new Set(cameras.map(({ id }) => id));
  const wished = (wall?.slots ?? []).filter(({ panel }) => panel === "cameras").flatMap(({ options }) => (Array.isArray(options["cameras"]) ? (options["cameras"] as unknown[]) : []));
  const chosen = [...new Set(wished.filter((id): id is string => typeof id === "string" && known.has(id)))];
  if (chosen.length > 0) return chosen.slice(0, MOST_CAMERAS);
  const order = [...cameras].sort((a, b) => Number(a.is_up === false) - Number(b.is_up === false) || a.id.localeCompare(b.id));
  return order.slice(0, ORDINARY).map(({ id }) => id);
}

export function Cameras(): JSX.Element | null {
  const { tr } = useRoom();
  const store = useSubjects("camera", "wall");
  const ids = chosenCameras(store.wall, store.bodies("camera"));
  if (ids.length === 0) return null;
  return (
    <Card topic="camera" label={tr("Kamera")} class="bare">
      <ul class="c" data-count={ids.length}>
        {ids.map((id) => (
          <CameraTile key={id} camera={store.all("camera").get(id)!.body} />
        ))}
      </ul>
    </Card>
  );
}

/** One camera: its still, how old that is, and its name. */
export function CameraTile({ camera }: { camera: Camera }): JSX.Element {
  const { tr, text, clock, isConnected } = useRoom();
  const place = useRef<HTMLLIElement>(null);
  const still = useStill(camera.id, place);
  const age = (): number | null => (still.takenAt === null ? null : Math.max(0, ((clock.now() ?? still.takenAt) - still.takenAt) / 1000));
  useTicking(() => text.age(age()));
  const age_s = age();
  const isOld = age_s !== null && age_s > OLD_AFTER_S;
  const without = camera.is_up === false || !isConnected ? tr("tidak ada gambar") : tr("memuat");
  const told = still.url === null ? without : isOld ? fill(tr("usang {age}"), { age: text.age(age_s) }) : text.age(age_s);
  return (
    <li ref={place} data-camera={camera.id} class={isOld ? "old" : ""}>
      <div class="v">{still.url !== null ? <img src={still.url} alt={camera.name} decoding="async" /> : <Icon name="cam" size={22} />}</div>
      <span>{camera.name}</span>
      <em>{told}</em>
    </li>
  );
}

/** The newest still of a camera while `place` is on the screen and the page is looked at; the last one stays. */
export function useStill(id: string, place: { current: Element | null }): Still {
  const room = useRoom();
  const [still, setStill] = useState<Still>({ url: null, takenAt: null });
  useEffect(() => {
    const following = new Following(id, room, setStill);
    const watching = new IntersectionObserver(([entry]) => following.look(entry?.isIntersecting === true), { rootMargin: "80px" });
    if (place.current !== null) watching.observe(place.current);
    const onVisible = (): void => following.wake();
    document.addEventListener("visibilitychange", onVisible);
    return () => {
      watching.disconnect();
      document.removeEventListener("visibilitychange", onVisible);
      following.stop();
    };
  }, [id, room.view, room.isConnected]);
  useEffect(() => () => (still.url === null ? undefined : URL.revokeObjectURL(still.url)), [still.url]);
  return still;
}

class Following {
  private isLookedAt = false;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private readonly stopped = new AbortController();

  constructor(
    private readonly id: string,
    private readonly room: Pick<Room, "view"> & { store: Store },
    private readonly told: (still: Still) => void,
  ) {}

  look(isLookedAt: boolean): void {
    this.isLookedAt = isLookedAt;
    this.wake();
  }

  wake(): void {
    if (this.timer === null && this.isWanted()) void this.fetch();
  }

  stop(): void {
    this.stopped.abort();
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private isWanted(): boolean {
    return this.isLookedAt && document.visibilityState === "visible" && !this.stopped.signal.aborted;
  }

  private async fetch(): Promise<void> {
    this.timer = setTimeout(() => {
      this.timer = null;
      this.wake();
    }, EVERY_MS);
    try {
      const answer = await this.room.view.get(`camera/${encodeURIComponent(this.id)}`, this.stopped.signal);
      const takenAt = Date.parse(answer.headers.get("X-Taken-At") ?? "");
      const url = URL.createObjectURL(await answer.blob());
      if (this.stopped.signal.aborted) URL.revokeObjectURL(url);
      else this.told({ url, takenAt: Number.isNaN(takenAt) ? null : takenAt });
    } catch {
      // No picture now: the last one stays with its age, and it is asked for again.
    }
  }
}
