/** Pictures by the hash of their content: fetched once, shown as blob URLs, let go when nobody shows them and others need the room. */
import { useEffect, useState } from "preact/hooks";
import { useRoom } from "./room";
import { NotNow, type View } from "./view";

/** So many that nobody shows are kept all the same: who scrolls back waits for nothing. */
const MOST_IDLE = 24;

interface Held {
  url: Promise<string>;
  made: string | null;
}

export class Pictures {
  private readonly held = new Map<string, Held>();
  private readonly shown = new Map<string, number>();

  constructor(
    private readonly view: View,
    private readonly urls: Pick<typeof URL, "createObjectURL" | "revokeObjectURL"> = URL,
  ) {}

  /** The picture's blob URL; it stands as long as somebody holds the hash. Raises `NotNow`. */
  async urlOf(hash: string): Promise<string> {
    let held = this.held.get(hash);
    if (held === undefined) {
      held = { url: this.fetch(hash), made: null };
      this.held.set(hash, held);
    }
    try {
      held.made = await held.url;
      if (this.held.get(hash) !== held) {
        // All was cleared meanwhile.
        this.urls.revokeObjectURL(held.made);
        throw new NotNow("no longer to be seen");
      }
      return held.made;
    } catch (error) {
      // Asked for again by whoever shows it next.
      if (this.held.get(hash) === held) this.held.delete(hash);
      throw error;
    }
  }

  /** Somebody shows it; returns how to say that they no longer do. */
  hold(hash: string): () => void {
    this.shown.set(hash, (this.shown.get(hash) ?? 0) + 1);
    return () => {
      const left = (this.shown.get(hash) ?? 1) - 1;
      if (left > 0) this.shown.set(hash, left);
      else this.shown.delete(hash);
      this.letGo();
    };
  }

  /** Nobody may look any more: nothing stays. */
  clear(): void {
    for (const held of this.held.values()) if (held.made !== null) this.urls.revokeObjectURL(held.made);
    this.held.clear();
  }

  private letGo(): void {
    const idle = [...this.held].filter(([hash, { made }]) => made !== null && !this.shown.has(hash));
    for (const [hash, { made }] of idle.slice(0, Math.max(0, idle.length - MOST_IDLE))) {
      this.held.delete(hash);
      this.urls.revokeObjectURL(made!);
    }
  }

  private async fetch(hash: string): Promise<string> {
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new NotNow("no such picture");
    return this.urls.createObjectURL(await (await this.view.get(`picture/${hash}`)).blob());
  }
}

/** The blob URL of a picture; null until it is there, or when it cannot be had. Tried again when the connection comes back. */
export function usePicture(hash: string | null): string | null {
  const { pictures, isConnected } = useRoom();
  const [got, setGot] = useState<{ hash: string; url: string } | null>(null);
  const url = got !== null && got.hash === hash ? got.url : null;
  const isMissing = url === null;
  const attempt = isMissing && isConnected;
  useEffect(() => {
    if (hash === null || !attempt) return;
    let isWanted = true;
    pictures
      .urlOf(hash)
      .then((made) => isWanted && setGot({ hash, url: made }))
      .catch((error: unknown) => {
        if (!(error instanceof NotNow)) console.warn(String(error));
      });
    return () => {
      isWanted = false;
    };
  }, [hash, pictures, attempt]);
  useEffect(() => (hash === null ? undefined : pictures.hold(hash)), [hash, pictures]);
  return url;
}
