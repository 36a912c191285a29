import assert from "node:assert/strict";
import { test } from "node:test";

import { contrast, inkOn, mixColors } from "../src/charts/colors.ts";
import { formatsOf } from "../src/charts/format.ts";
import { buildOption, cellTone } from "../src/charts/options.ts";
import type { Palette } from "../src/charts/palette.ts";
import { type AxisChart, type HeatmapChart, parseSpec } from "../src/charts/spec.ts";

const PALETTE: Palette = {
  text: "#111111", muted: "#555555", line: "#dddddd", surface: "#ffffff", raised: "#ffffff", font: "sans-serif",
  series: ["#0b5f6e", "#e58642"],
  tone: (name) => ({ "bucket-3": "#e58642", "series-0": "#0b5f6e", plain: "#808080" })[name],
  ink: ["#14202b", "#ffffff"],
};
const SETTING = { language: "zh-Hans", narrow: false };

function bars(rest: Partial<AxisChart> = {}): AxisChart {
  const series = [{ name: "余额", values: [1, null], tone: "" }];
  return { kind: "bars", unit: "count", currency: "", places: 0, categories: ["M1", "M2"], tones: [], series, ...rest };
}

function seriesOf(spec: AxisChart | HeatmapChart): Record<string, unknown>[] {
  return (buildOption(spec, PALETTE, SETTING) as { series: Record<string, unknown>[] }).series;
}

test("a spec of no known kind is refused", () => {
  for (const value of [null, {}, { kind: "pie" }, "bars", { kind: 3 }]) {
    assert.throws(() => parseSpec(value), TypeError);
  }
});

test("money is written from minor units", () => {
  const yuan = formatsOf({ unit: "money", currency: "CNY", places: 2 }, "zh-Hans");
  assert.equal(yuan.full(123_456), "¥1,234.56");
  assert.equal(yuan.short(1_234_567_800), "1234.6万");
  const yen = formatsOf({ unit: "money", currency: "JPY", places: 0 }, "en");
  assert.equal(yen.full(1234), "¥1,234");
});

test("per cent is written from a fraction", () => {
  const percent = formatsOf({ unit: "percent", currency: "", places: 0 }, "en");
  assert.equal(percent.full(0.03814), "3.81%");
  assert.equal(percent.short(0.03814), "3.8%");
});

test("a single series takes the tone of each category", () => {
  const [series] = seriesOf(bars({ tones: ["bucket-3", ""] }));
  assert.deepEqual(series?.["data"], [{ value: 1, itemStyle: { color: "#e58642" } }, null]);
});

test("stacked series share one stack and bars do not", () => {
  const two = [{ name: "a", values: [1, 2], tone: "" }, { name: "b", values: [3, 4], tone: "bucket-3" }];
  assert.deepEqual(seriesOf(bars({ kind: "stacked", series: two })).map((one) => one["stack"]), ["all", "all"]);
  assert.deepEqual(seriesOf(bars({ series: two })).map((one) => one["stack"]), [undefined, undefined]);
  assert.deepEqual(seriesOf(bars({ series: two })).map((one) => one["color"]), ["#0b5f6e", "#e58642"]);
});

test("a short line shows its points, for one point alone would be invisible", () => {
  const one = [{ name: "a", values: [null, 2], tone: "" }];
  const many = [{ name: "a", values: [1, 2, 3], tone: "" }];
  assert.equal(seriesOf(bars({ kind: "lines", series: one }))[0]?.["showSymbol"], true);
  assert.equal(seriesOf(bars({ kind: "lines", series: many }))[0]?.["showSymbol"], false);
});

test("roll rates: left of the diagonal is good news, right of it bad", () => {
  assert.equal(cellTone(0, 1, "roll"), "series-0");
  assert.equal(cellTone(1, 1, "roll"), "plain");
  assert.equal(cellTone(2, 1, "roll"), "bucket-3");
  assert.equal(cellTone(2, 1, "plain"), "series-0");
});

test("a heat map leaves out what is not known and keeps zero", () => {
  const spec: HeatmapChart = {
    kind: "heatmap", scale: "roll", unit: "percent", currency: "", places: 0,
    rows: ["M0"], columns: ["M0", "M1", "M2"], cells: [[0.9, null, 0]],
  };
  const data = seriesOf(spec)[0]?.["data"] as { value: number[]; itemStyle: { color: string } }[];
  assert.deepEqual(data.map((cell) => cell.value), [[0, 0, 0.9], [2, 0, 0]]);
  assert.equal(data[1]?.itemStyle.color, "#ffffff");
});

test("a heat map in which nothing is known does not fail", () => {
  const spec: HeatmapChart = {
    kind: "heatmap", scale: "plain", unit: "count", currency: "", places: 0, rows: ["a"], columns: ["b"], cells: [[null]],
  };
  assert.deepEqual(seriesOf(spec)[0]?.["data"], []);
});

test("colours mix and are read in both lengths", () => {
  assert.equal(mixColors("#000000", "#ffffff", 0.5), "#808080");
  assert.equal(mixColors("#fff", "#000", 1), "#000000");
  assert.throws(() => mixColors("red", "#000", 0.5), TypeError);
});

test("ink is the one that reads better", () => {
  assert.equal(Math.round(contrast("#000", "#fff")), 21);
  assert.equal(inkOn("#fbe291", PALETTE.ink), "#14202b");
  assert.equal(inkOn("#351446", PALETTE.ink), "#ffffff");
});
