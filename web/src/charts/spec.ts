// What the server says of a chart; the twin of carrears.workbench.view_models.chart.

export type Unit = "count" | "money" | "percent";

export interface Series {
  readonly name: string;
  readonly values: readonly (number | null)[];
  /** `bucket-3`, `series-1`, `good`, `bad`; empty: by position. */
  readonly tone: string;
}

interface Common {
  readonly unit: Unit;
  /** ISO 4217; only for money, whose values are minor units. */
  readonly currency: string;
  /** Decimal places of the currency. */
  readonly places: number;
}

export interface AxisChart extends Common {
  readonly kind: "bars" | "stacked" | "lines";
  readonly categories: readonly string[];
  /** A tone for each category, where a single series is coloured by it. */
  readonly tones: readonly string[];
  readonly series: readonly Series[];
}

export interface HeatmapChart extends Common {
  readonly kind: "heatmap";
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  /** Row by row; null where nothing can be said. */
  readonly cells: readonly (readonly (number | null)[])[];
  /** `roll`: rows and columns are buckets, left of the diagonal is better, right of it worse. */
  readonly scale: "plain" | "roll";
}

export interface SankeyChart extends Common {
  readonly kind: "sankey";
  readonly nodes: readonly { readonly key: string; readonly name: string; readonly tone: string }[];
  readonly links: readonly { readonly source: string; readonly target: string; readonly value: number }[];
}

export type ChartSpec = AxisChart | HeatmapChart | SankeyChart;

const KINDS = new Set(["bars", "stacked", "lines", "heatmap", "sankey"]);

/** The spec of a page, refused loudly when it is of no kind that can be drawn. */
export function parseSpec(value: unknown): ChartSpec {
  const kind = (value as { kind?: unknown } | null)?.kind;
  if (typeof kind !== "string" || !KINDS.has(kind)) throw new TypeError(`no chart of kind ${String(kind)}`);
  return value as ChartSpec;
}
