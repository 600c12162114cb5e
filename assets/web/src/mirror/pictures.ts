/** Pictures by the hash of their content: fetched once, shown as blob URLs, let go when nobody shows them and others need the room. */
import { useEffect, useState } from "preact/hooks";
import { useRoom } from "./room";
import { NotNow, type View } from "./view";

/** So many that nobody shows are kept all the same: who scrolls back waits for nothing. */
const MOST_IDLE = 24;

interface Held {
  url: Promise<string>;
  made: string | null;
  shown: number;
}

export class Pictures {
  private readonly held = new Map<string, Held>();

  constructor(
    private readonly view: View,
    private readonly urls: Pick<typeof URL, "createObjectURL" | "revokeObjectURL"> = URL,
  ) {}

  /** Raises `NotNow`. Each call needs a `release`. */
  async show(hash: string): Promise<string> {
    let held = this.held.get(hash);
    if (held === undefined) {
      held = { url: this.fetch(hash), made: null, shown: 0 };
      this.held.set(hash, held);
    }
    held.shown++;
    try {
      held.made = await held.url;
      return held.made;
    } catch (error) {
      // Asked for again by whoever shows it next.
      if (this.held.get(hash) === held) this.held.delete(hash);
      throw error;
    }
  }

  release(hash: string): void {
    const held = this.held.get(hash);
    if (held === undefined) return;
    held.shown--;
    this.held.delete(hash);
    this.held.set(hash, held);
    this.letGo(MOST_IDLE);
  }

  /** Nobody may look any more: nothing stays. */
  clear(): void {
    for (const held of this.held.values()) if (held.made !== null) this.urls.revokeObjectURL(held.made);
    this.held.clear();
  }

  private letGo(most: number): void {
    const idle = [...this.held].filter(([, { shown }]) => shown <= 0);
    for (const [hash, held] of idle.slice(0, Math.max(0, idle.length - most))) {
      this.held.delete(hash);
      void held.url.then((url) => this.urls.revokeObjectURL(url)).catch(() => undefined);
    }
  }

  private async fetch(hash: string): Promise<string> {
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new NotNow("no such picture");
    return this.urls.createObjectURL(await (await this.view.get(`picture/${hash}`)).blob());
  }
}

/** The blob URL of a picture; null until it is there, or when it cannot be had. Tried again when the connection comes back. */
export function usePicture(hash: string | null): string | null {
  const { pictures, view } = useRoom();
  const [url, setUrl] = useState<string | null>(null);
  const isOpen = view.isOpen;
  useEffect(() => {
    setUrl(null);
    if (hash === null) return undefined;
    let isWanted = true;
    pictures
      .show(hash)
      .then((made) => isWanted && setUrl(made))
      .catch((error: unknown) => {
        if (!(error instanceof NotNow)) console.warn(String(error));
      });
    return () => {
      isWanted = false;
      pictures.release(hash);
    };
  }, [hash, pictures, isOpen && url === null]);
  return url;
}
