/** Parts of the page that are pieces of their own and come when they are needed. */
import type { ComponentType } from "preact";
import { lazy } from "./lazy";
import type { Sheet } from "./room";

type Piece<Props> = () => Promise<{ default: ComponentType<Props> }>;

/** A piece whose file may not be there: then nothing stands in its place. */
function piece<Props extends object>(found: Record<string, unknown>): ComponentType<Props> {
  const load = Object.values(found)[0] as Piece<Props> | undefined;
  return lazy<Props>(async () => (load === undefined ? () => null : (await load()).default));
}

export const MapCard = piece<{ height?: number }>(import.meta.glob("./map/MapCard.tsx"));
export const WallLayout = piece<object>(import.meta.glob("./panels/WallLayout.tsx"));
export const SheetView = piece<{ sheet: Sheet; onClose: () => void }>(import.meta.glob("./sheets/SheetView.tsx"));
