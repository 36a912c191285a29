// One SVG file with the icons that templates may name, each a <symbol>.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

const ICON_FOLDER = join(dirname(createRequire(import.meta.url).resolve("lucide-static/package.json")), "icons");

/** The `<symbol>` of a Lucide icon; throws when Lucide has no such icon. */
export function symbolOf(name: string): string {
  const source = readFileSync(join(ICON_FOLDER, `${name}.svg`), "utf8");
  const inner = source.slice(source.indexOf(">", source.indexOf("<svg")) + 1, source.lastIndexOf("</svg>"));
  return `<symbol id="${name}" viewBox="0 0 24 24">${inner.replace(/\s+/g, " ").trim()}</symbol>`;
}

/** Emits `icons.svg` from the names in `src/icons.json`. */
export function iconSprite(): Plugin {
  return {
    name: "carrears-icon-sprite",
    generateBundle() {
      const names = JSON.parse(readFileSync(new URL("src/icons.json", import.meta.url), "utf8")) as string[];
      const symbols = names.map(symbolOf).join("\n");
      this.emitFile({
        type: "asset",
        fileName: "icons.svg",
        source: `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols}\n</svg>\n`,
      });
    },
  };
}
