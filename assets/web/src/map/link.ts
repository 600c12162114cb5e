/** Where the page has everything from, and whom it tells what it did: Qt on the wall, a window of the same origin in the mirror. */
import type { Change, Config, Snapshot } from "./contract";

export type Said =
  | { kind: "ready"; revision: number }
  | { kind: "painted"; revision: number }
  | { kind: "failed"; reason: string }
  | { kind: "behind"; revision: number }
  /** Somebody touched the map: the reports there (all of a cluster's), or an incident. */
  | { kind: "touched"; reports: string[]; incident: string | null };

export interface Link {
  config(): Promise<Config>;
  layer(file: string): Promise<GeoJSON.FeatureCollection>;
  snapshot(): Promise<Snapshot>;
  /** What has been laid out since the last call, in order. */
  changes(): Promise<Change[]>;
  say(what: Said): void;
}

/** What a window that embeds the page leaves on the frame's element before it loads the page. */
export interface Host {
  config(): Config;
  layer(file: string): Promise<GeoJSON.FeatureCollection>;
  snapshot(): Snapshot;
  changes(): Change[];
  heard(what: Said): void;
}

export interface Frame extends HTMLIFrameElement {
  liveRoomHost?: Host;
}

async function json<T>(path: string): Promise<T> {
  const answer = await fetch(path, { cache: "no-store" });
  if (!answer.ok) throw new Error(`${path}: HTTP ${answer.status}`);
  return (await answer.json()) as T;
}

/** Qt's: files of its scheme; what is said is one console line, begun with a token only the two of them know. */
class QtLink implements Link {
  private prefix = "";

  async config(): Promise<Config> {
    const config = await json<Config>("config.json");
    this.prefix = `liveroom:${config.token}:`;
    return config;
  }

  layer(file: string): Promise<GeoJSON.FeatureCollection> {
    return json(`city/${encodeURIComponent(file)}`);
  }

  snapshot(): Promise<Snapshot> {
    return json("snapshot.json");
  }

  changes(): Promise<Change[]> {
    return json("outbox.json");
  }

  say(what: Said): void {
    console.info(this.prefix + JSON.stringify(what));
  }
}

/** An embedding window's: plain calls. What it hands over is copied, so that neither side changes the other's. */
class WindowLink implements Link {
  constructor(private readonly host: Host) {}

  config(): Promise<Config> {
    return Promise.resolve(structuredClone(this.host.config()));
  }

  /** MapLibre hands geometry to its worker only where it is of this window's own making. */
  async layer(file: string): Promise<GeoJSON.FeatureCollection> {
    return structuredClone(await this.host.layer(file));
  }

  snapshot(): Promise<Snapshot> {
    return Promise.resolve(structuredClone(this.host.snapshot()));
  }

  changes(): Promise<Change[]> {
    return Promise.resolve(structuredClone(this.host.changes()));
  }

  say(what: Said): void {
    this.host.heard(what);
  }
}

/** The frame's element is only seen by a page of the embedding window's own origin. */
export function openLink(frame: Frame | null): Link {
  const host = frame?.liveRoomHost;
  return host === undefined ? new QtLink() : new WindowLink(host);
}
