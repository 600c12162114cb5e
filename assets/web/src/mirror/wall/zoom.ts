/** Where a picture stands that is moved and enlarged by fingers, wheel or keys. Pure. */

export interface Place {
  scale: number;
  /** The picture's left top corner in the window, CSS pixels. */
  x: number;
  y: number;
}

const MOST_SCALE = 8;

/** The whole picture, as large as it fits, in the middle. */
export function fitted(width: number, height: number, room: { width: number; height: number }): Place {
  const scale = Math.min(room.width / width, room.height / height);
  return { scale, x: (room.width - scale * width) / 2, y: (room.height - scale * height) / 2 };
}

/** Enlarged by `factor` so that what lies at (`x`, `y`) of the window stays there; never smaller than fitted. */
export function zoomed(place: Place, factor: number, x: number, y: number, least: number): Place {
  const scale = Math.min(MOST_SCALE * least, Math.max(least, place.scale * factor));
  const by = scale / place.scale;
  return { scale, x: x - by * (x - place.x), y: y - by * (y - place.y) };
}

/** Moved, but never so far that the window shows more emptiness than it must. */
export function moved(place: Place, dx: number, dy: number, width: number, height: number, room: { width: number; height: number }): Place {
  const held = (at: number, size: number, whole: number): number => {
    const slack = whole - size;
    return slack >= 0 ? slack / 2 : Math.min(0, Math.max(slack, at));
  };
  return { scale: place.scale, x: held(place.x + dx, place.scale * width, room.width), y: held(place.y + dy, place.scale * height, room.height) };
}
