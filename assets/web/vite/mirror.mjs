/** What the mirror's page needs of its build beside bundling: its texts in other languages, one name for the build, its service worker, packed files. */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build as built, transformWithEsbuild } from "vite";

const TEXTS = "virtual:texts/";
const OWN = "assets/web/src/mirror/";
const PACKED = /\.(?:html|js|css|json|svg|webmanifest)$/;
/** Smaller files travel as they are. */
const LEAST_PACKED = 256;

/** The texts of a catalogue (.po) that stand in files under `folder`, with their translations. */
export function textsIn(catalogue, folder = OWN) {
  const table = {};
  for (const block of catalogue.split(/\n\n+/)) {
    const lines = block.split("\n");
    if (!lines.some((line) => line.startsWith("#:") && line.includes(folder))) continue;
    const said = { msgid: "", msgstr: "" };
    let name = null;
    for (const line of lines) {
      const [, keyword, quoted] = /^(msgid|msgstr)?\s*(".*")$/.exec(line) ?? [];
      if (quoted === undefined) continue;
      name = keyword ?? name;
      if (name !== null) said[name] += JSON.parse(quoted);
    }
    if (said.msgid !== "" && said.msgstr !== "") table[said.msgid] = said.msgstr;
  }
  return table;
}

/** Every file the page is made of: its entry and all that it fetches, now or later, but what is only for the map's own page. */
function madeOf(bundle, entry) {
  const files = new Set();
  const look = (name) => {
    const piece = bundle[name];
    if (piece === undefined || files.has(name)) return;
    files.add(name);
    if (piece.type !== "chunk") return;
    for (const file of [...(piece.viteMetadata?.importedCss ?? []), ...(piece.viteMetadata?.importedAssets ?? [])]) files.add(file);
    for (const next of [...piece.imports, ...piece.dynamicImports]) look(next);
  };
  look(entry);
  // A sheet of styles that is fetched by itself belongs to no script: all are the page's but those of the map's own page.
  const other = new Set(Object.values(bundle).flatMap((piece) => (piece.type === "chunk" && piece.isEntry && piece.fileName !== entry ? [...(piece.viteMetadata?.importedCss ?? [])] : [])));
  for (const [name, { type }] of Object.entries(bundle)) if (type === "asset" && /\.(?:woff2|css)$/.test(name) && !other.has(name)) files.add(name);
  return [...files].sort();
}

/** A script of its own, all it needs in one piece. */
async function inOne(path) {
  const rollupOptions = { input: path, output: { format: "iife" } };
  const made = await built({ configFile: false, logLevel: "error", build: { write: false, target: "chrome120", modulePreload: false, rollupOptions } });
  return made.output[0].code.trim();
}

export function mirrorPages(root) {
  let out = "";
  const web = join(root, "assets", "web");
  return {
    name: "mirror-pages",
    enforce: "post",
    configResolved(config) {
      out = config.build.outDir.startsWith("/") ? config.build.outDir : join(config.root, config.build.outDir);
    },
    resolveId: (id) => (id.startsWith(TEXTS) ? `\0${id}` : undefined),
    load(id) {
      if (!id.startsWith(`\0${TEXTS}`)) return undefined;
      const language = id.slice(TEXTS.length + 1);
      const catalogue = join(root, "assets", "locale", language, "LC_MESSAGES", "live_room.po");
      this.addWatchFile(catalogue);
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(textsIn(readFileSync(catalogue, "utf-8"))))});`;
    },
    async generateBundle(_, bundle) {
      const html = bundle["mirror.html"];
      const entry = Object.values(bundle).find((piece) => piece.type === "chunk" && piece.isEntry && piece.facadeModuleId?.endsWith("mirror.html"));
      if (html === undefined || entry === undefined) return;
      const files = madeOf(bundle, entry.fileName);
      const early = await inOne(join(web, "src", "mirror", "early.ts"));
      const build = createHash("sha256").update([html.source, early, ...files].join("\n")).digest("hex").slice(0, 12);
      const soon = entry.imports.map((name) => `<link rel="modulepreload" href="./${name}" />`).join("");
      const marked = html.source.replace('name="build" content="" />', () => `name="build" content="${build}" /><script>${early}</script>`);
      html.source = marked.replace("</head>", `${soon}</head>`);
      const worker = readFileSync(join(web, "src", "mirror", "sw.ts"), "utf-8");
      const kept = [...files.map((name) => `/${name}`), "/manifest.webmanifest", "/icons/mirror.svg"];
      const define = { FILES: JSON.stringify(kept), BUILD: JSON.stringify(build) };
      const { code } = await transformWithEsbuild(worker, "sw.ts", { minify: true, format: "iife", target: "es2022", sourcemap: false, define });
      this.emitFile({ type: "asset", fileName: "sw.js", source: code });
      this.emitFile({ type: "asset", fileName: "build.json", source: JSON.stringify({ build, entry: entry.fileName, files }) });
    },
    closeBundle() {
      for (const path of filesIn(out)) {
        if (!PACKED.test(path) || statSync(path).size < LEAST_PACKED) continue;
        const bytes = readFileSync(path);
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
      }
    },
  };
}

function* filesIn(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(path);
    else yield path;
  }
}
