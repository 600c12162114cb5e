/** What the page's files hold: colours as the theme has them, drawings as the wall draws them, and no text from outside as markup. */
import theme from "../../../assets/theme.toml?raw";
import css from "../../../assets/web/src/mirror/page.css?raw";
import icons from "../../../assets/web/src/mirror/icons.tsx?raw";
import html from "../../../assets/web/mirror.html?raw";
import drawn from "../../../widgets/kit/icons.py?raw";

const sources = import.meta.glob<string>("../../../assets/web/src/mirror/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });

function tokens(palette: string): Record<string, string> {
  const block = theme.split(`[palette.${palette}]`)[1]!.split("\n[")[0]!;
  return Object.fromEntries([...block.matchAll(/^(\w+) = "(#\w+)"/gm)].map(([, name, value]) => [name, value!]));
}

function variables(selector: string): Record<string, string> {
  const block = css.split(`${selector} {`)[1]!.split("}")[0]!;
  return Object.fromEntries([...block.matchAll(/--(\w+): (#\w+)/g)].map(([, name, value]) => [name, value!]));
}

function contrast(one: string, other: string): number {
  const luminance = (colour: string): number => {
    const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * parts[0]! + 0.7152 * parts[1]! + 0.0722 * parts[2]!;
  };
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const LOOKS = [
  [":root", "day"],
  [':root[data-theme="light"]', "desk_light"],
] as const;

test.each(LOOKS)("%s has the colours of palette.%s", (selector, palette) => {
  expect(variables(selector)).toEqual(tokens(palette));
});

test.each(LOOKS)("in %s every word can be read and every mark stands out", (selector) => {
  const colours = variables(selector);
  for (const ink of ["ink", "ink2", "ink3", "sim", "sel"]) for (const ground of ["bg", "panel", "out", "raised"]) expect([ink, ground, contrast(colours[ink]!, colours[ground]!) >= 4.5]).toEqual([ink, ground, true]);
  for (const chip of ["ink", "ink2", "sel"]) expect(contrast(colours["bg"]!, colours[chip]!)).toBeGreaterThanOrEqual(4.5);
  for (const mark of ["red", "yellow", "green"]) expect(contrast(colours[mark]!, colours["panel"]!)).toBeGreaterThanOrEqual(3);
});

test("icons are the drawings of the wall", () => {
  const table = icons.split("const DRAWINGS = {")[1]!.split("} as const")[0]!;
  const paths = [...table.matchAll(/"(M[^"]+)"/g)].map(([, path]) => path!);
  expect(paths.length).toBeGreaterThan(20);
  expect(paths.filter((path) => !drawn.includes(`"${path}"`))).toEqual([]);
});

test("what comes from outside is only ever set as text", () => {
  const ways = /dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc/;
  expect(Object.keys(sources).length).toBeGreaterThan(30);
  expect(Object.entries(sources).filter(([, source]) => ways.test(source)).map(([path]) => path)).toEqual([]);
});

test("the page holds no script, style or handler of its own in its markup", () => {
  expect(html).not.toMatch(/<style|<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=/);
});

test("no word is smaller than 13 px", () => {
  const sizes = [...css.matchAll(/font(?:-size)?:\s*([\d.]+)rem/g)].map(([, size]) => Number(size) * 16);
  expect(sizes.length).toBeGreaterThan(15);
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(13);
});

test("nobody's wall clock is asked for the time of the room", () => {
  const asked = Object.entries(sources).filter(([, source]) => /Date\.now\(\)|new Date\(\)/.test(source)).map(([path]) => path.split("/").pop());
  // One looks for leaps of it, both in mirror.ts; nothing else may.
  expect(asked).toEqual(["mirror.ts"]);
});

test("what is touched is a button, for a keyboard and a screen reader, too", () => {
  // Beside buttons: the ground behind a sheet, and the drawing's marks, which the list behind the map has as well.
  const touched = Object.entries(sources).flatMap(([path, source]) => [...source.matchAll(/<([a-z]\w*)(?:[^>]|=>)*?\sonClick=/g)].map(([, tag]) => `${path.split("/").pop()} ${tag}`));
  expect(touched.length).toBeGreaterThan(20);
  expect([...new Set(touched.filter((one) => !one.endsWith(" button")))].sort()).toEqual(["Menu.tsx dialog", "SheetView.tsx div", "Sketch.tsx g"]);
});

test("no pattern looks behind: older Safaris end at it", () => {
  expect(Object.entries(sources).filter(([, source]) => /\(\?<[!=]/.test(source)).map(([path]) => path)).toEqual([]);
});
