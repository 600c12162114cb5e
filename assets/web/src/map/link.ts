/** What the page says to Qt: one console line, begun with a token only the two of them know. */

export type Said =
  | { kind: "ready"; revision: number }
  | { kind: "painted"; revision: number }
  | { kind: "failed"; reason: string }
  | { kind: "behind"; revision: number };

let prefix = "";

export function openLink(token: string): void {
  prefix = `liveroom:${token}:`;
}

export function say(what: Said): void {
  console.info(prefix + JSON.stringify(what));
}
