/** Names on the map: kecamatan, river, airport. They move off seams and marks, and stay where they are unless much is won. */
import type { Config } from "./contract";
import { around, type Box, type Point } from "./boxes";
import { byId, el } from "./dom";
import type { View } from "./fit";
import { labelCentre, touched, type Ground } from "./placing";

/** A label moves only when this part of it lies under marks. */
const WORTH_MOVING = 0.02;
/** A kecamatan may be named a little under marks; a river or airport is rather not named. */
const MOST = { district: 0.25, other: 0.01 };
/** Air round a name, so that two do not read as one (wall units). */
const AIR: [x: number, y: number] = [26, 6];

interface Label {
  node: HTMLElement;
  code: string | null;
  anchor: Point;
  width: number;
  height: number;
  at: Point | null;
}

export class Labels {
  /** Boxes of the names that found a place. */
  shown: Box[] = [];
  private labels: Label[] = [];

  constructor(
    private readonly config: Config,
    private readonly homes: ReadonlyMap<string, readonly Point[]>,
  ) {}

  /** Makes the labels for a view; they are placed by `settle`. */
  build(view: View): void {
    const parent = byId("labels");
    parent.replaceChildren();
    const { city } = this.config;
    const wanted = [
      ...city.districts.map((d) => ({ text: d.name, lon: d.lon, lat: d.lat, kind: "district", code: d.code as string | null })),
      ...city.labels.map((l) => ({ text: l.text, lon: l.lon, lat: l.lat, kind: l.role === "water" ? "water" : "place", code: null })),
    ];
    this.labels = wanted.map(({ text, lon, lat, kind, code }) => {
      const node = el("div", `label ${kind}`);
      // A hyphen in a name is no place to break it.
      node.append(el("bdi", "", text.replaceAll("-", "\u2011")));
      // Until it has its place it stands in the corner.
      node.style.visibility = "hidden";
      parent.append(node);
      const { width, height } = node.getBoundingClientRect();
      return { node, code, anchor: view.project(lon, lat), width, height, at: null };
    });
  }

  /** Names nothing any more. */
  clear(): void {
    byId("labels").replaceChildren();
    this.labels = [];
    this.shown = [];
  }

  light(districts: ReadonlySet<string>): void {
    for (const label of this.labels) label.node.classList.toggle("lit", label.code !== null && districts.has(label.code));
  }

  /** Places every label that stands badly; `hard` boxes are never touched, `soft` ones (marks) as little as can be. */
  settle(hard: readonly Box[], soft: readonly Box[], ground: Ground, view: View): void {
    const { unit: u } = this.config;
    const settled: Box[] = [];
    this.shown = [];
    for (const label of this.labels) {
      const { width, height, anchor } = label;
      const stood = label.at === null ? null : around(label.at, width, height);
      const isBad = stood === null || touched(stood, [...hard, ...settled]) > 0 || touched(stood, soft) > (WORTH_MOVING);
      if (isBad) {
        const home = label.code === null ? undefined : this.homes.get(label.code);
        const ring = home?.map(([lon, lat]) => view.project(lon, lat)) ?? null;
        const wish = { anchor, width, height, reach: (label.code === null ? 160 : 190) * u, home: ring, most: label.code === null ? MOST.other : MOST.district };
        const found = labelCentre(wish, [...hard, ...settled], soft, ground);
        // In a crowd every place is bad: then it stays rather than jump from one to the other.
        const isBetter = stood === null || found === null || touched(stood, [...hard, ...settled]) > 0 || touched(around(found, width, height), soft) < 0.7 * touched(stood, soft);
        if (isBetter) label.at = found;
      }
      label.node.style.visibility = label.at === null ? "hidden" : "visible";
      if (label.at === null) continue;
      label.node.style.left = `${label.at[0]}px`;
      label.node.style.top = `${label.at[1]}px`;
      this.shown.push(around(label.at, width, height));
      settled.push(around(label.at, width + 2 * AIR[0] * u, height + 2 * AIR[1] * u));
    }
  }
}
