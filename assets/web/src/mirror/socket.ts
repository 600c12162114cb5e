/** The live socket as a browser opens it; and the one that was opened before the page was there (`early.ts`). */
import type { SocketLike } from "./link";

const PROTOCOL = "live-room.1";

/** A socket that was opened early, and what it has heard since. */
export interface Early {
  socket: WebSocket;
  heard: unknown[];
}

declare global {
  interface Window {
    liveRoomEarly?: Early;
  }
}

export function openSocket(): WebSocket {
  return new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`, PROTOCOL);
}

/** The early socket, once: whoever takes it hears what it heard as soon as they listen. Null where there is none, or it is gone. */
export function takeEarly(): SocketLike | null {
  const early = window.liveRoomEarly;
  delete window.liveRoomEarly;
  if (early === undefined || early.socket.readyState > WebSocket.OPEN) return null;
  const { socket, heard } = early;
  queueMicrotask(() => {
    for (const data of heard) socket.onmessage?.({ data } as MessageEvent);
  });
  return socket as unknown as SocketLike;
}
