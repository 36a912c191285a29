// Builds the islands, the style sheet and the icons into Django's static files. Entry names
// are stable, because templates name them; Django's manifest storage adds their hashes.
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";

import { iconSprite } from "./sprite.ts";

export default defineConfig({
  base: "./",
  plugins: [tailwindcss(), iconSprite()],
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
        editor: "src/editor.ts",
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
