/** The city's geometry, kept on the device: without a network the last places still stand on their land. */
import { useEffect, useState } from "preact/hooks";
import type { Room } from "../room";
import { keep, kept } from "../storage";

export type Layers = ReadonlyMap<string, GeoJSON.FeatureCollection>;

type Kept = [role: string, layer: GeoJSON.FeatureCollection][];

const LAND = "land";

/** What is kept, if it is of this city: its files are known by their names. */
export async function keptLayers(wanted: readonly { role: string; file: string }[]): Promise<Layers | null> {
  const found = await kept<{ files: string; layers: Kept }>(LAND);
  return found === undefined || found.files !== namesOf(wanted) ? null : new Map(found.layers);
}

export async function keepLayers(wanted: readonly { role: string; file: string }[], layers: Layers): Promise<void> {
  await keep(LAND, { files: namesOf(wanted), layers: [...layers] });
}

function namesOf(wanted: readonly { role: string; file: string }[]): string {
  return JSON.stringify(wanted.map(({ role, file }) => [role, file]));
}

/** The layers of the city: the kept ones where nobody can be asked yet, those of the room as soon as they are here; null until then. */
export function useLayers(room: Pick<Room, "city" | "view" | "isConnected">): Layers | null {
  const { city, view, isConnected } = room;
  const [layers, setLayers] = useState<{ of: Layers; isKept: boolean } | null>(null);
  const wanted = city?.config.layers ?? null;
  const isFresh = layers !== null && !layers.isKept;
  useEffect(() => {
    if (wanted === null || isConnected || layers !== null) return;
    let isWanted = true;
    void keptLayers(wanted).then((of) => isWanted && of !== null && setLayers((before) => before ?? { of, isKept: true }));
    return () => {
      isWanted = false;
    };
  }, [wanted, isConnected]);
  useEffect(() => {
    if (wanted === null || !isConnected || isFresh) return;
    const gone = new AbortController();
    const one = async ({ role, file }: { role: string; file: string }): Promise<[string, GeoJSON.FeatureCollection]> => [role, await view.json(`city/${encodeURIComponent(file)}`, gone.signal)];
    Promise.all(wanted.map(one)).then(
      (found) => {
        const of = new Map(found);
        setLayers({ of, isKept: false });
        // A browser that keeps nothing shows no land the next time it is offline.
        keepLayers(wanted, of).catch(() => undefined);
      },
      () => undefined,
    );
    return () => gone.abort();
  }, [wanted, isConnected]);
  return layers?.of ?? null;
}
