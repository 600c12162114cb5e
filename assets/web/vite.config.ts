/** Builds the pages the wall and the doors serve. Test files stand in tests/web, beside all other tests. */
import { defineConfig } from "vitest/config";
import { mirrorPages } from "./vite/mirror.mjs";

export default defineConfig({
  base: "./",
  plugins: [mirrorPages(new URL("../..", import.meta.url).pathname)],
  resolve: {
    // The build made for strict CSP: its worker is a file of its own, not a blob.
    alias: [{ find: /^maplibre-gl$/, replacement: "maplibre-gl/dist/maplibre-gl-csp.js" }],
  },
  build: {
    target: "chrome120",
    sourcemap: false,
    modulePreload: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    rollupOptions: { input: { map: "map.html", mirror: "mirror.html" } },
  },
  server: { fs: { allow: ["../.."] } },
  test: { globals: true, css: true, environment: "node", dir: "../../tests/web", include: ["**/*.test.ts", "**/*.test.tsx"], cache: false } as never,
});
