// Builds the islands, the style sheet and the icons into Django's static files. Entry names
// are stable, because templates name them; Django's manifest storage adds their hashes.
import tailwindcss from "@tailwindcss/vite";
import { defineConfig, type Plugin } from "vite";

import { iconSprite } from "./sprite.ts";

// rrweb carries a worker as a text, which names a source map; Django would look for that file.
function withoutInnerSourceMaps(): Plugin {
  return {
    name: "carrears-without-inner-source-maps",
    renderChunk: (code) => code.replaceAll(/\/\/# sourceMappingURL=[\w.-]+\.js\.map/g, ""),
  };
}

export default defineConfig({
  base: "./",
  plugins: [tailwindcss(), iconSprite(), withoutInnerSourceMaps()],
  build: {
    outDir: "../src/carrears/workbench/static/built",
    emptyOutDir: true,
    target: "es2023",
    modulePreload: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      input: {
        app: "src/app.ts",
        charts: "src/charts.ts",
        recorder: "src/recorder.ts",
        replay: "src/replay.ts",
        editor: "src/editor.ts",
        visits: "src/visits.ts",
        "visits-worker": "src/visits-worker.ts",
        style: "src/styles/style.css",
        fonts: "src/styles/fonts.css",
      },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "chunks/[name]-[hash].js",
        assetFileNames: ({ names }) =>
          names.some((name) => name.endsWith(".woff2")) ? "fonts/[name]-[hash][extname]" : "[name][extname]",
      },
    },
  },
});
