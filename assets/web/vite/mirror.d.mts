import type { Plugin } from "vite";

/** The texts of a catalogue (.po) that stand in files under `folder`, with their translations. */
export function textsIn(catalogue: string, folder?: string): Record<string, string>;
/** `root`: of the source tree. */
export function mirrorPages(root: string): Plugin;
