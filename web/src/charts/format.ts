import type { ChartSpec } from "./spec.ts";

export interface Formats {
  /** In full, for a tooltip. */
  readonly full: (value: number) => string;
  /** Short, for an axis. */
  readonly short: (value: number) => string;
}

/** How numbers of a chart's unit are written in a language; money comes in minor units. */
export function formatsOf(spec: Pick<ChartSpec, "unit" | "currency" | "places">, language: string): Formats {
  if (spec.unit === "percent") {
    const full = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 2 });
    const short = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
    return { full: (value) => full.format(value), short: (value) => short.format(value) };
  }
  const short = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });
  if (spec.unit === "money") {
    const scale = 10 ** spec.places;
    const full = new Intl.NumberFormat(language, { style: "currency", currency: spec.currency, currencyDisplay: "symbol" });
    return { full: (value) => full.format(value / scale), short: (value) => short.format(value / scale) };
  }
  const full = new Intl.NumberFormat(language);
  return { full: (value) => full.format(value), short: (value) => short.format(value) };
}
