import { takeEarly } from "../../../assets/web/src/mirror/socket";

class FakeWebSocket {
  static readonly OPEN = 1;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  constructor(readonly readyState: number) {}
}

function early(readyState: number, heard: unknown[]): FakeWebSocket {
  const socket = new FakeWebSocket(readyState);
  vi.stubGlobal("WebSocket", FakeWebSocket);
  vi.stubGlobal("window", { liveRoomEarly: { socket, heard } });
  return socket;
}

afterEach(() => vi.unstubAllGlobals());

test("the socket that was opened before the page is taken once, and what it heard is heard first", async () => {
  const heard: unknown[] = ["welcome"];
  const socket = early(1, heard);
  const taken = takeEarly();
  expect(taken).toBe(socket);
  const told: unknown[] = [];
  taken!.onmessage = ({ data }) => told.push(data);
  await Promise.resolve();
  socket.onmessage!({ data: "frame" });
  expect(told).toEqual(["welcome", "frame"]);
  expect(takeEarly()).toBeNull();
});

test("one that is still opening is taken, one that has closed is not", () => {
  early(0, []);
  expect(takeEarly()).not.toBeNull();
  for (const readyState of [2, 3]) {
    early(readyState, ["welcome"]);
    expect(takeEarly()).toBeNull();
  }
});

test("who lets the socket go before it has said what it heard hears nothing", async () => {
  const socket = early(1, ["welcome"]);
  takeEarly()!.onmessage = null;
  await Promise.resolve();
  expect(socket.onmessage).toBeNull();
});
