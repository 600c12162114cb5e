import { columnsOf } from "../../assets/web/src/map/chrome";
import { Images } from "../../assets/web/src/map/images";

const ALL = ["reports", "incidents", "officers", "cameras", "hazards"];

test("the legend counts what has marks: a layer that is not shown is not counted", () => {
  expect(columnsOf("tall", ALL)[0]).toContain("officers");
  expect(columnsOf("wide", ALL)).toHaveLength(3);
  expect(columnsOf("wide", ["reports", "cameras"])[2]).toEqual(["cameras"]);
  expect(columnsOf("tall", ["reports"])[0]).toEqual(["new", "forwarded", "working", "done", "declined", "pinless"]);
  expect(columnsOf("wide", ["officers"])).toEqual([["officers"]]);
  expect(columnsOf("brief", ["cameras", "hazards"])).toEqual([]);
});

test("incidents hold reports too, so their states stay in the legend", () => {
  expect(columnsOf("brief", ["incidents"])).toHaveLength(2);
});

test.each([["id", ["1,9", "rb"]], ["en", ["1.9k"]]])("a cluster of many is written in the language of the room: %s", (language, words) => {
  const written: string[] = [];
  const pen = new Proxy({}, { get: (_, name) => (name === "fillText" ? (text: string) => written.push(text) : () => undefined), set: () => true });
  const canvas = { getContext: () => pen };
  vi.stubGlobal("window", { devicePixelRatio: 1 });
  vi.stubGlobal("document", { createElement: () => canvas });
  vi.stubGlobal("Path2D", class { addPath(): void {} });
  const split = { new: 1999, forwarded: 0, working: 0, done: 0, declined: 0 };
  new Images({}, 1, "sans", language).of({ at: [0, 0], home: [0, 0], state: "cluster", holds: [], id: "c", split, count: 1999 } as never);
  vi.unstubAllGlobals();
  expect(written).toEqual(words);
});
