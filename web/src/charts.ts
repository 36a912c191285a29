// Charts: `<div data-chart data-source="id">` is drawn from the JSON of `<script id>`. The
// server says what to show (charts/spec.ts), never how ECharts should.
import { BarChart, HeatmapChart, LineChart, SankeyChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { type ECharts, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

import { readPalette } from "./charts/palette.ts";
import { buildOption } from "./charts/options.ts";
import { parseSpec } from "./charts/spec.ts";

use([
  BarChart, HeatmapChart, LineChart, SankeyChart,
  GridComponent, LegendComponent, TooltipComponent, VisualMapComponent, CanvasRenderer,
]);

const drawn = new Map<HTMLElement, ECharts>();
const resizes = new ResizeObserver((entries) => {
  for (const { target } of entries) fit(target as HTMLElement);
});
const NARROW = 480;

const isNarrow = (element: HTMLElement): boolean => element.clientWidth < NARROW;

// A phone that is turned has room for other labels, too.
function fit(element: HTMLElement): void {
  drawn.get(element)?.resize();
  if (element.dataset["narrow"] !== String(isNarrow(element))) draw(element);
}

function draw(element: HTMLElement): void {
  const source = document.getElementById(element.dataset["source"] ?? "");
  if (!source?.textContent) return;
  const spec = parseSpec(JSON.parse(source.textContent));
  const chart = drawn.get(element) ?? init(element, null, { renderer: "canvas" });
  const language = document.documentElement.lang || "zh-Hans";
  const narrow = isNarrow(element);
  element.dataset["narrow"] = String(narrow);
  chart.setOption(buildOption(spec, readPalette(element), { language, narrow }), { notMerge: true });
  if (!drawn.has(element)) resizes.observe(element);
  drawn.set(element, chart);
}

function forget(): void {
  for (const [element, chart] of drawn) {
    if (element.isConnected) continue;
    resizes.unobserve(element);
    chart.dispose();
    drawn.delete(element);
  }
}

function drawAll(): void {
  forget();
  for (const element of document.querySelectorAll<HTMLElement>("[data-chart]")) draw(element);
}

drawAll();
document.addEventListener("carrears:theme", drawAll);
document.addEventListener("htmx:after:swap", drawAll);
// The canvas measures its text, so it is drawn again when the typeface has come.
void document.fonts.ready.then(drawAll);
