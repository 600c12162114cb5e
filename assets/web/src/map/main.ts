/** Starts the map page: fetches its configuration, its city and a snapshot, then takes batches of what changes. */
import { addProtocol, setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-csp-worker.js?url";
import { PMTiles, Protocol, TileType } from "pmtiles";
import type { Change, Config, Kind } from "./contract";
import { openLink, type Frame } from "./link";
import { Records } from "./records";
import { Stage } from "./stage";
import type { Layers } from "./style";

declare global {
  interface Window {
    liveRoom: { pull(): void; state(): Record<string, unknown>; retryBase(): void };
  }
}

const link = openLink(window.frameElement as Frame | null);

function dress(config: Config): void {
  const style = document.documentElement.style;
  for (const [name, value] of Object.entries(config.colours)) style.setProperty(`--${name}`, value);
  style.setProperty("--u", `${config.unit}px`);
  style.setProperty("--text-family", `"${config.text_family}"`);
  document.body.classList.toggle("bare", config.clear !== undefined);
  document.body.classList.toggle("touchable", config.is_touchable === true);
}

/** Words are measured before they are placed: what they are written in must be here first. */
async function loadFont({ font, text_family }: Config): Promise<void> {
  if (font === undefined) return;
  const face = new FontFace(text_family, `url("${font}")`, { weight: "100 900" });
  document.fonts.add(face);
  await face.load().catch(() => undefined);
}

function hasWebGl2(): boolean {
  return document.createElement("canvas").getContext("webgl2") !== null;
}

/** Why the background map cannot be drawn; null when it can, or when there is none. */
async function baseFault(config: Config): Promise<string | null> {
  if (config.city.base?.kind !== "pmtiles") return null;
  try {
    const { tileType } = await new PMTiles(new URL("base.pmtiles", location.href).href).getHeader();
    return tileType === TileType.Mvt || tileType === TileType.Unknown ? "base map: this PMTiles file holds vector tiles; the map draws PNG, JPEG, WebP or AVIF tiles" : null;
  } catch (error) {
    return `base map: this PMTiles file cannot be read: ${String(error)}`;
  }
}

async function start(): Promise<void> {
  const config = await link.config();
  if (!hasWebGl2()) return link.say({ kind: "failed", reason: "webgl2" });
  dress(config);
  await loadFont(config);
  setWorkerUrl(new URL(workerUrl, location.href).href);
  addProtocol("pmtiles", new Protocol().tile);
  const layers: Layers = new Map();
  await Promise.all(config.city.layers.map(async ({ role, file }) => layers.set(role, await link.layer(file))));
  const reason = await baseFault(config);
  if (reason !== null) {
    console.warn(reason);
    config.city.base = null;
  }
  const records = new Records();
  records.reset(await link.snapshot());
  const stage = new Stage(config, layers, records);
  // The land is on the screen before the map's own machinery holds this thread.
  await new Promise((next) => {
    requestAnimationFrame(() => setTimeout(next));
    // A page nobody sees gets no frames.
    setTimeout(next, 250);
  });
  await stage.load();
  stage.draw(records, null);
  follow(records, stage);
  link.say({ kind: "ready", revision: records.revision });
}

/** How many frames of a map that is never complete (a base whose tiles do not come) count as its first picture. */
const PATIENCE = 12;

/** From now on: batches, resizes, and the answer to each once it is on the screen. */
function follow(records: Records, stage: Stage): void {
  let isCatchingUp = false;
  let newest = records.revision;
  let said = -1;
  let isAsked = false;
  let rendered = 0;
  let isComplete = false;
  /** Says what is on the screen: by the second frame after a change, the first with it has been handed over. */
  const answer = (): void => {
    if (isAsked || (!isComplete && rendered <= PATIENCE)) return;
    isAsked = true;
    requestAnimationFrame(() => {
      stage.endSketch();
      const revision = records.revision;
      requestAnimationFrame(() => {
        isAsked = false;
        if (revision !== said) link.say({ kind: "painted", revision });
        said = revision;
        if (records.revision !== said) answer();
      });
    });
  };
  const catchUp = async (): Promise<void> => {
    if (isCatchingUp) return;
    isCatchingUp = true;
    link.say({ kind: "behind", revision: records.revision });
    try {
      do records.reset(await link.snapshot());
      while (records.revision < newest);
      stage.draw(records, null);
      answer();
    } finally {
      isCatchingUp = false;
    }
  };
  const take = (change: Change): void => {
    newest = Math.max(newest, change.to);
    if (!records.apply(change)) return void catchUp();
    const kinds = new Set([...Object.keys(change.put), ...Object.keys(change.gone)] as Kind[]);
    stage.draw(records, kinds);
    answer();
  };
  let isPulling = false;
  let isMoreLaidOut = false;
  /** Fetches what Qt has laid out, in order; what cannot be fetched is caught up with by a snapshot. */
  const pull = async (): Promise<void> => {
    isMoreLaidOut = true;
    if (isPulling) return;
    isPulling = true;
    try {
      while (isMoreLaidOut) {
        isMoreLaidOut = false;
        (await link.changes()).forEach(take);
      }
    } catch {
      await catchUp();
    } finally {
      isPulling = false;
    }
  };
  stage.map.on("idle", () => {
    isComplete = true;
    if (said < 0) answer();
  });
  stage.map.on("render", () => {
    rendered++;
    if (said < 0) answer();
  });
  window.addEventListener("resize", () => stage.resize(records));
  window.addEventListener("click", ({ clientX, clientY }) => {
    const found = document.body.classList.contains("touchable") ? stage.at([clientX, clientY]) : null;
    if (found !== null) link.say({ kind: "touched", ...found });
  });
  window.liveRoom = {
    pull: () => void pull(),
    retryBase: () => stage.map.getSource("base") !== undefined && stage.map.refreshTiles("base"),
    state: () => ({
      revision: records.revision,
      drawn: stage.counts(),
      selected: records.selected,
      ringed: stage.ringed,
      chips: [...document.querySelectorAll("#chips .chip")].map((chip) => chip.textContent),
      meta: document.getElementById("meta")?.textContent,
      legend: document.getElementById("legend")?.textContent,
      is_old: document.body.classList.contains("old"),
      rendered,
      is_complete: isComplete && said >= 0,
      attribution: document.getElementById("attribution")?.textContent,
      corners: stage.corners(),
      elements: document.querySelectorAll("*").length,
    }),
  };
}

start().catch((error: unknown) => link.say({ kind: "failed", reason: error instanceof Error ? error.message : String(error) }));
