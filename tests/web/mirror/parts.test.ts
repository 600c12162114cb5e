/** Smaller parts of the page that can be looked at without one: invitation, cameras, focus, ticker, stills, zoom, pictures, texts. */
import { textsIn } from "../../../assets/web/vite/mirror.mjs";
import { chosenCameras } from "../../../assets/web/src/mirror/cards/Cameras";
import { tickerRows } from "../../../assets/web/src/mirror/cards/Ticker";
import { Clock } from "../../../assets/web/src/mirror/clock";
import type { Camera, Report, TickerLine, Wall } from "../../../assets/web/src/mirror/contract";
import { focusOf } from "../../../assets/web/src/mirror/focus";
import { deviceLabel } from "../../../assets/web/src/mirror/entering";
import { takeInvitation } from "../../../assets/web/src/mirror/identity";
import { Pictures } from "../../../assets/web/src/mirror/pictures";
import { View } from "../../../assets/web/src/mirror/view";
import { shapeIn, stillIn } from "../../../assets/web/src/mirror/wall/stills";
import { fitted, moved, zoomed } from "../../../assets/web/src/mirror/wall/zoom";
import { fill, panelName } from "../../../assets/web/src/mirror/wording";

test.each([
  ["#masuk=abc-_d", "abc-_d"],
  ["#masuk=%", "%"],
  ["#other", null],
  ["#masuk=", null],
  [`#masuk=${"x".repeat(600)}`, null],
])("of the fragment %s the invitation is %s, and it is gone from the address", (hash, token) => {
  const shown: string[] = [];
  const place = { hash, pathname: "/" } as Location;
  expect(takeInvitation(place, { replaceState: (_: unknown, __: string, url: string) => shown.push(url) } as unknown as History)).toBe(token);
  expect(shown).toEqual(hash.startsWith("#masuk=") ? ["/"] : []);
});

test("a device is called by its browser and system", () => {
  expect(deviceLabel("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36")).toBe("Chrome · Android");
  expect(deviceLabel("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1")).toBe("Safari · iPhone");
  expect(deviceLabel("curl")).toBe("Browser");
});

const camera = (id: string, is_up: boolean | null = true): Camera => ({ id, name: id, owner: "", position: null, is_up, probed_at: null });
const walled = (cameras: unknown): Wall => ({ slots: [{ slot: 1, panel: "cameras", rect: [0, 0, 1, 1], options: { cameras } }] }) as unknown as Wall;

test("the wall's choice of cameras is shown, at most six, and only those there are", () => {
  const eight = "abcdefgh".split("").map((id) => camera(id));
  expect(chosenCameras(walled(["h", "x", "b", "h", 7]), eight)).toEqual(["h", "b"]);
  expect(chosenCameras(walled("hgfedcba".split("")), eight)).toHaveLength(6);
  expect(chosenCameras(null, [camera("a", false), ...eight.slice(1)])).toEqual(["b", "c", "d", "e"]);
  expect(chosenCameras(walled([]), [])).toEqual([]);
});

const report = (id: string, more: Partial<Report>): Report => ({ id, state: "done", priority: "normal", received_at: "2026-11-27T01:00:00Z", changed_at: "2026-11-27T02:00:00Z", photo_before: null, photo_after: null, ...more }) as Report;

test("the focus is an open emergency, else the newest finished report with most proof; what has no pin never", () => {
  const proven = report("proven", { photo_before: "a", photo_after: "b" });
  const newer = report("newer", { changed_at: "2026-11-27T03:00:00Z" });
  expect(focusOf([newer, proven])?.id).toBe("proven");
  expect(focusOf([proven, report("112", { state: "new", priority: "emergency" })])?.id).toBe("112");
  expect(focusOf([report("prank", { state: "invalid", priority: "emergency" })])).toBeNull();
});

test("the ticker has one row a report, by when it came in, with the state of now", () => {
  const line = (id: string, at: string, state: string): { seq: number; published: number; body: TickerLine } => ({ seq: 1, published: 0, body: { report: id, at, state } as TickerLine });
  const lines = [line("a", "2026-11-27T01:00:00Z", "new"), line("b", "2026-11-27T01:05:00Z", "new"), line("a", "2026-11-27T02:00:00Z", "working")];
  const all = (): ReadonlyMap<string, never> => new Map([["b", { body: report("b", { state: "forwarded" }) } as never]]);
  expect(tickerRows({ lines, all } as never, 6).map(({ report: id, at, state }) => [id, at, state])).toEqual([
    ["b", "2026-11-27T01:05:00Z", "forwarded"],
    ["a", "2026-11-27T01:00:00Z", "working"],
  ]);
  expect(tickerRows({ lines, all } as never, 1)).toHaveLength(1);
});

test("a still has a head and a picture; anything else is nothing", async () => {
  const frame = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
  const still = stillIn(frame('{"slot":3,"generation":7,"painted_at":"2026-11-27T01:00:00Z","width":2,"height":2,"mime":"image/jpeg"}\nBYTES'));
  expect(still).toMatchObject({ slot: 3, generation: 7 });
  expect(await still!.picture.text()).toBe("BYTES");
  for (const bad of ["no head", "{}\nX", '{"slot":1,"generation":1,"mime":"text/html"}\n<script>', `${" ".repeat(600)}\nX`]) expect(stillIn(frame(bad))).toBeNull();
  expect(shapeIn('{"kind":"absent"}')).toBeNull();
  expect(shapeIn("{")).toBeNull();
});

test("what is enlarged stays where the finger is, and is never dragged out of sight", () => {
  const room = { width: 400, height: 800 };
  const whole = fitted(4000, 2000, room);
  expect(whole).toEqual({ scale: 0.1, x: 0, y: 300 });
  const near = zoomed(whole, 2, 100, 400, whole.scale);
  expect([(100 - near.x) / near.scale, (400 - near.y) / near.scale]).toEqual([1000, 1000]);
  expect(zoomed(whole, 0.1, 0, 0, whole.scale).scale).toBe(whole.scale);
  expect(zoomed(whole, 1000, 0, 0, whole.scale).scale).toBeCloseTo(0.8);
  expect(moved(near, 9999, 0, 4000, 2000, room).x).toBe(0);
  expect(moved(near, -9999, 0, 4000, 2000, room).x).toBe(-400);
});

test("a picture is fetched once, let go when others need the room, and asked for again after it failed", async () => {
  const asked: string[] = [];
  let isBroken = true;
  const view = new View(async (path) => {
    asked.push(path);
    return new Response("x", { status: isBroken ? 404 : 200 });
  });
  const revoked: string[] = [];
  const pictures = new Pictures(view, { createObjectURL: () => `blob:${asked.length}`, revokeObjectURL: (url) => void revoked.push(url) });
  const hash = (number: number): string => number.toString(16).padStart(64, "0");
  await expect(pictures.urlOf(hash(1))).rejects.toThrow("no connection");
  view.use("token");
  await expect(pictures.urlOf(hash(1))).rejects.toThrow("404");
  isBroken = false;
  await pictures.urlOf(hash(1));
  await pictures.urlOf(hash(1));
  expect(asked).toHaveLength(2);
  await expect(pictures.urlOf("../session")).rejects.toThrow("no such picture");
  const release = pictures.hold(hash(1));
  for (let number = 2; number < 40; number++) await pictures.urlOf(hash(number));
  pictures.hold(hash(2))();
  expect([revoked.length > 0, revoked.includes("blob:2")]).toEqual([true, false]);
  release();
  pictures.clear();
  expect(revoked).toContain("blob:2");
});

test("until the room is heard its time is that of what was kept", () => {
  let now = 0;
  const clock = new Clock(() => now);
  expect(clock.now()).toBeNull();
  clock.hold(5_000);
  now = 60_000;
  expect([clock.now(), clock.last()]).toEqual([5_000, null]);
  clock.hear(90_000);
  now = 61_000;
  expect([clock.now(), clock.last()]).toEqual([91_000, { at: 90_000, age_s: 1 }]);
});

test("the page carries the texts of its own files alone", () => {
  const catalogue = `msgid ""\nmsgstr ""\n"Language: en"\n\n#: assets/web/src/mirror/Header.tsx widgets/panels/x.py\nmsgid "{age} lalu"\nmsgstr ""\n"{age} "\n"ago"\n\n#: widgets/panels/x.py\nmsgid "Lain"\nmsgstr "Other"\n\n#: assets/web/src/mirror/a.ts\nmsgid "kosong"\nmsgstr ""\n`;
  expect(textsIn(catalogue)).toEqual({ "{age} lalu": "{age} ago" });
});

test("places are filled once, with what is text", () => {
  expect(fill("{a} dan {b} dan {toString}", { a: "{b}", b: 2 })).toBe("{b} dan 2 dan {toString}");
});

test("a picture that comes after all was cleared is not kept, and shown to nobody", async () => {
  let answer = (_: Response): void => undefined;
  const view = new View(() => new Promise((resolve) => (answer = resolve)));
  view.use("token");
  const revoked: string[] = [];
  const pictures = new Pictures(view, { createObjectURL: () => "blob:late", revokeObjectURL: (url) => void revoked.push(url) });
  const coming = pictures.urlOf("a".repeat(64));
  pictures.clear();
  answer(new Response("x"));
  await expect(coming).rejects.toThrow("no longer");
  expect(revoked).toEqual(["blob:late"]);
});

test("a panel of the wall is called by its name", () => {
  const same = (text: string): string => text;
  expect([panelName("at_risk", same), panelName("toString", same)]).toEqual(["Tenggat laporan", "toString"]);
});
