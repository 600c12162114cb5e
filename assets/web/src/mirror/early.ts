/** Opens the live socket while the page is still on its way: on a slow network a greeting takes as long as the page's own files.
 *
 * It stands in the page itself (vite/mirror.mjs), as the one script that does; the page's policy names its digest. It answers the challenge
 * and keeps what comes until the page takes the socket over. For an invitation, and for a device without a key, it opens nothing.
 */
import { knownDevice } from "./device";
import { isInvited, proofFor } from "./identity";
import { openSocket, type Early } from "./socket";
import { choices } from "./storage";

async function begin(): Promise<void> {
  if (isInvited(location) || (await knownDevice()) === null) return;
  const early: Early = { socket: openSocket(), heard: [] };
  const { socket, heard } = early;
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => {
    const nonce = nonceIn(data);
    if (nonce === null) heard.push(data);
    else void answer(socket, nonce);
  };
  window.liveRoomEarly = early;
}

function nonceIn(data: unknown): string | null {
  if (typeof data !== "string") return null;
  const said = JSON.parse(data) as { kind?: unknown; nonce?: unknown };
  return said.kind === "challenge" && typeof said.nonce === "string" ? said.nonce : null;
}

async function answer(socket: WebSocket, nonce: string): Promise<void> {
  const build = document.querySelector<HTMLMetaElement>('meta[name="build"]')?.content ?? "";
  const hello = { kind: "hello", proof: await proofFor(nonce), have: null, build, language: choices().language };
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(hello));
}

// What goes wrong here goes wrong again where the page opens its own socket, and is told there.
begin().catch(() => undefined);
