/** What the page keeps on the device: its key, the last picture, what its reader chose. A device that keeps nothing works all the same. */

const NAME = "live-room-mirror";
const SHELF = "kept";

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(SHELF);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = asked.onblocked = () => reject(asked.error ?? new Error("the store of this browser is busy"));
  });
}

async function within<T>(mode: IDBTransactionMode, run: (shelf: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const act = database.transaction(SHELF, mode);
      const asked = run(act.objectStore(SHELF));
      act.oncomplete = () => resolve(asked.result);
      act.onerror = act.onabort = () => reject(act.error ?? new Error("this browser keeps nothing"));
    });
  } finally {
    database.close();
  }
}

/** What is kept under `name`; undefined where there is nothing, or where this browser keeps nothing. */
export async function kept<T>(name: string): Promise<T | undefined> {
  try {
    return (await within("readonly", (shelf) => shelf.get(name))) as T | undefined;
  } catch {
    return undefined;
  }
}

/** Raises what the browser says when it keeps nothing. */
export async function keep(name: string, value: unknown): Promise<void> {
  await within("readwrite", (shelf) => shelf.put(value, name));
}

export async function discard(name: string): Promise<void> {
  await within("readwrite", (shelf) => shelf.delete(name)).catch(() => undefined);
}

export interface Choices {
  language: "id" | "en";
  theme: "dark" | "light" | "auto";
  isLarge: boolean;
}

const CHOSEN = "live-room-choices";
/** Under this name the service worker finds the language: what it says when it rings is said without a page. */
export const LANGUAGE = "language";
/** And here stands the device that is rung in an emergency (push.ts), once it has asked for it. */
export const RUNG = "rung";
const ORDINARY: Choices = { language: "id", theme: "dark", isLarge: false };

/** What the reader chose; read at once, before the first picture. */
export function choices(): Choices {
  try {
    const read = JSON.parse(localStorage.getItem(CHOSEN) ?? "{}") as Partial<Choices>;
    return {
      language: read.language === "en" ? "en" : "id",
      theme: read.theme === "light" || read.theme === "auto" ? read.theme : ORDINARY.theme,
      isLarge: read.isLarge === true,
    };
  } catch {
    return ORDINARY;
  }
}

export function choose(chosen: Choices): void {
  try {
    localStorage.setItem(CHOSEN, JSON.stringify(chosen));
  } catch {
    // A browser that keeps nothing: it holds until the page is closed.
  }
  keep(LANGUAGE, chosen.language).catch(() => undefined);
}
