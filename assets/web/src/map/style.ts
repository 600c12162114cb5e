/** The map's style: geometry in the tokens of the theme, no glyphs, no sprites, nothing from a network. */
import type { ExpressionSpecification, LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import type { Config } from "./contract";

export const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };
/** A district with the most open reports is never taken as full below this. */
const LEAST_TOP = 4;

export type Layers = Map<string, GeoJSON.FeatureCollection>;

/** `zoom` is that of the one view: tiles stop above it, so that one or two cover the panel instead of a dozen. */
export function buildStyle(config: Config, layers: Layers, zoom: number): StyleSpecification {
  const sources: Record<string, SourceSpecification> = {};
  const lines = Math.max(0, Math.floor(zoom) - 1);
  for (const [role, data] of layers) {
    sources[role] = { type: "geojson", data, maxzoom: lines, ...(role === "districts" ? { promoteId: "code" } : {}) };
  }
  const base = config.options.base ? config.city.base : null;
  if (base !== null) {
    // PMTiles come from a file that the scheme serves in ranges; XYZ and WMS through Python, which holds cache and tokens.
    const url = new URL(base.kind === "pmtiles" ? "base.pmtiles" : "tiles/", location.href).href;
    sources["base"] =
      base.kind === "pmtiles"
        ? { type: "raster", url: `pmtiles://${url}`, tileSize: 256 }
        : { type: "raster", tiles: [`${url}{z}/{x}/{y}`], tileSize: 256, minzoom: base.min_zoom, maxzoom: base.max_zoom };
  }
  return { version: 8, sources, layers: drawnLayers(config, layers, base?.opacity ?? null) };
}

function drawnLayers(config: Config, has: Layers, base: number | null): LayerSpecification[] {
  const { colours: c, unit: u } = config;
  const made: LayerSpecification[] = [{ id: "ground", type: "background", paint: { "background-color": c["out"]! } }];
  const fill = (id: string, source: string, color: string | ExpressionSpecification, opacity: number): void => {
    made.push({ id, type: "fill", source, paint: { "fill-color": color, "fill-opacity": opacity } });
  };
  const line = (id: string, source: string, color: string, width: number, only?: string): void => {
    const filter = only === undefined ? {} : { filter: ["==", ["geometry-type"], only] as ExpressionSpecification };
    made.push({ id, type: "line", source, ...filter, layout: { "line-join": "round", "line-cap": only === undefined ? "round" : "butt" }, paint: { "line-color": color, "line-width": width * u } });
  };
  if (base !== null) made.push({ id: "base", type: "raster", source: "base", paint: { "raster-opacity": base, "raster-saturation": -1, "raster-brightness-max": 0.3, "raster-fade-duration": 0 } });
  const land = base === null ? 1 : 0.35;
  if (has.has("districts")) fill("land", "districts", landColour(config), land);
  else if (has.has("outline")) fill("land", "outline", c["land"]!, land);
  if (has.has("subdistricts")) line("subdistricts", "subdistricts", c["kelurahan"]!, 1.5);
  if (has.has("line")) {
    line("lines", "line", c["line2"]!, 7, "LineString");
    made.push({ id: "envelopes", type: "line", source: "line", filter: ["==", ["geometry-type"], "Polygon"], paint: { "line-color": c["line2"]!, "line-width": 2.5 * u, "line-dasharray": [4, 3.2] } });
  }
  if (has.has("districts")) line("districts", "districts", c["land_line"]!, 3);
  if (has.has("outline")) line("outline", "outline", c["land_line"]!, 3);
  if (has.has("river")) line("river", "river", c["water"]!, 11);
  return made;
}

/** Land, lighter with an incident, or a ramp of greys by open reports. */
function landColour(config: Config): ExpressionSpecification {
  const { land, land_hi: lit, line2 } = config.colours;
  if (!config.options.choropleth) return ["case", ["boolean", ["feature-state", "has_incident"], false], lit!, land!];
  return ["interpolate", ["linear"], ["number", ["feature-state", "weight"], 0], 0, land!, 1, line2!];
}

/** How light each district is: quarters of the present maximum, that rounded up so that a single report seldom moves them all. */
export function weightsOf(open: ReadonlyMap<string, number>): Map<string, number> {
  const most = Math.max(LEAST_TOP, ...open.values());
  const step = most <= 40 ? 4 : 10 ** Math.floor(Math.log10(most)) / 2;
  const top = Math.ceil(most / step) * step;
  return new Map([...open].map(([code, count]) => [code, Math.ceil((4 * count) / top) / 4]));
}
