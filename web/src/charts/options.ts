// From a spec and a palette to what ECharts draws.
import type { EChartsCoreOption } from "echarts/core";

import { inkOn, mixColors } from "./colors.ts";
import { formatsOf, type Formats } from "./format.ts";
import type { Palette } from "./palette.ts";
import type { AxisChart, ChartSpec, HeatmapChart, SankeyChart, Series } from "./spec.ts";
import { tipNode } from "./tooltip.ts";

export interface Setting {
  readonly language: string;
  readonly narrow: boolean;
}

interface Point {
  readonly name: string;
  readonly seriesName: string;
  readonly value: number | null | readonly (number | null)[];
  readonly color: unknown;
  readonly axisValueLabel?: string;
  readonly dataType?: string;
  readonly data?: { source?: string; target?: string };
}

/** The whole ECharts option of a chart. */
export function buildOption(spec: ChartSpec, palette: Palette, setting: Setting): EChartsCoreOption {
  const formats = formatsOf(spec, setting.language);
  const common = {
    animation: false,
    textStyle: { fontFamily: palette.font, color: palette.text, fontSize: 12 },
    color: [...palette.series],
  };
  if (spec.kind === "heatmap") return { ...common, ...heatmap(spec, palette, formats, setting) };
  if (spec.kind === "sankey") return { ...common, ...sankey(spec, palette, formats) };
  return { ...common, ...axes(spec, palette, formats, setting) };
}

function tooltip(palette: Palette): Record<string, unknown> {
  return {
    confine: true,
    backgroundColor: palette.raised,
    borderColor: palette.line,
    borderWidth: 1,
    padding: [8, 10],
    textStyle: { color: palette.text, fontFamily: palette.font, fontSize: 13 },
  };
}

function axes(spec: AxisChart, palette: Palette, formats: Formats, setting: Setting): EChartsCoreOption {
  const legend = spec.series.length > 1;
  const bars = spec.kind !== "lines";
  return {
    grid: { left: 4, right: 12, top: legend ? 34 : 14, bottom: 4, containLabel: true },
    legend: { show: legend, type: "scroll", top: 0, left: 0, itemWidth: 12, itemHeight: 8, textStyle: { color: palette.text } },
    xAxis: {
      type: "category",
      data: [...spec.categories],
      boundaryGap: bars,
      axisLine: { lineStyle: { color: palette.line } },
      axisTick: { show: false },
      axisLabel: { color: palette.muted, hideOverlap: true },
    },
    yAxis: {
      type: "value",
      splitNumber: setting.narrow ? 3 : 4,
      splitLine: { lineStyle: { color: palette.line } },
      axisLabel: { color: palette.muted, formatter: formats.short },
    },
    tooltip: {
      ...tooltip(palette),
      trigger: "axis",
      axisPointer: { type: bars ? "shadow" : "line", lineStyle: { color: palette.muted } },
      formatter: (points: readonly Point[]) => axisTip(points, formats),
    },
    series: spec.series.map((series, index) => axisSeries(spec, series, index, palette)),
  };
}

function axisTip(points: readonly Point[], formats: Formats): HTMLElement {
  const rows = points
    .filter((point) => typeof point.value === "number")
    .map((point) => ({
      color: String(point.color),
      name: point.seriesName,
      value: formats.full(point.value as number),
    }));
  return tipNode(points[0]?.axisValueLabel ?? "", rows);
}

function axisSeries(spec: AxisChart, series: Series, index: number, palette: Palette): Record<string, unknown> {
  const color = palette.tone(series.tone) ?? palette.series[index % palette.series.length];
  if (spec.kind === "lines") {
    const marks = series.values.filter((value) => value !== null).length < 3;
    return {
      type: "line", name: series.name, data: [...series.values], color,
      showSymbol: marks, symbolSize: 6, lineStyle: { width: 2 }, connectNulls: false,
    };
  }
  const single = spec.series.length === 1;
  return {
    type: "bar",
    name: series.name,
    color,
    barMaxWidth: 44,
    ...(spec.kind === "stacked" ? { stack: "all" } : {}),
    data: series.values.map((value, position) => {
      const own = single ? palette.tone(spec.tones[position] ?? "") : undefined;
      return own ? { value, itemStyle: { color: own } } : value;
    }),
    itemStyle: { borderRadius: spec.kind === "stacked" ? 0 : [3, 3, 0, 0] },
  };
}

function heatmap(spec: HeatmapChart, palette: Palette, formats: Formats, setting: Setting): EChartsCoreOption {
  const cells = spec.cells.flatMap((row, y) => row.map((value, x) => [x, y, value] as const));
  const known = cells.filter((cell): cell is readonly [number, number, number] => cell[2] !== null);
  const largest = Math.max(...known.map((cell) => cell[2]), Number.MIN_VALUE);
  const label = { color: palette.muted };
  const silent = { axisLine: { show: false }, axisTick: { show: false }, splitArea: { show: false }, axisLabel: label };
  return {
    grid: { left: 4, right: 4, top: 24, bottom: 4, containLabel: true },
    xAxis: { type: "category", data: [...spec.columns], position: "top", ...silent },
    yAxis: { type: "category", data: [...spec.rows], inverse: true, ...silent },
    // ECharts draws no heatmap without one; every cell brings its own colour.
    visualMap: { show: false, min: 0, max: largest, dimension: 2, seriesIndex: [] },
    tooltip: {
      ...tooltip(palette),
      formatter: (point: Point) => heatTip(spec, point, formats),
    },
    series: [
      {
        type: "heatmap",
        data: known.map((cell) => heatCell(cell, spec.scale, largest, palette)),
        label: {
          show: true,
          fontSize: setting.narrow ? 10 : 12,
          formatter: (point: Point) => formats.short((point.value as readonly number[])[2] ?? 0),
        },
        emphasis: { itemStyle: { borderColor: palette.text, borderWidth: 1 } },
      },
    ],
  };
}

/** The tone that says whether a cell is good news, neither, or bad. */
export function cellTone(x: number, y: number, scale: HeatmapChart["scale"]): string {
  if (scale === "plain") return "series-0";
  if (x === y) return "plain";
  return x < y ? "series-0" : "bucket-3";
}

function heatCell(cell: readonly [number, number, number], scale: HeatmapChart["scale"], largest: number, palette: Palette): unknown {
  const [x, y, value] = cell;
  const tone = palette.tone(cellTone(x, y, scale)) ?? palette.muted;
  const color = mixColors(palette.surface, tone, value === 0 ? 0 : 0.1 + 0.75 * (value / largest));
  const itemStyle = { color, borderColor: palette.surface, borderWidth: 2, borderRadius: 3 };
  return { value: [x, y, value], itemStyle, label: { color: inkOn(color, palette.ink) } };
}

function heatTip(spec: HeatmapChart, point: Point, formats: Formats): HTMLElement {
  const [x, y, value] = point.value as readonly number[];
  const name = `${spec.rows[y ?? 0]} → ${spec.columns[x ?? 0]}`;
  return tipNode("", [{ color: String(point.color), name, value: formats.full(value ?? 0) }]);
}

function sankey(spec: SankeyChart, palette: Palette, formats: Formats): EChartsCoreOption {
  const names = new Map(spec.nodes.map((node) => [node.key, node.name]));
  return {
    tooltip: {
      ...tooltip(palette),
      formatter: (point: Point) => {
        const { source, target } = point.data ?? {};
        const name = source && target ? `${names.get(source)} → ${names.get(target)}` : names.get(point.name) ?? "";
        return tipNode("", [{ color: String(point.color), name, value: formats.full(point.value as number) }]);
      },
    },
    series: [
      {
        type: "sankey",
        left: 4, right: 64, top: 8, bottom: 8, nodeWidth: 12, nodeGap: 10, draggable: false,
        layoutIterations: 0,
        data: spec.nodes.map((node) => ({ name: node.key, itemStyle: { color: palette.tone(node.tone) ?? palette.muted } })),
        links: spec.links.map((link) => ({ ...link })),
        label: { color: palette.text, formatter: (point: Point) => names.get(point.name) ?? point.name },
        lineStyle: { color: "source", opacity: 0.35, curveness: 0.5 },
        emphasis: { focus: "adjacency" },
      },
    ],
  };
}
