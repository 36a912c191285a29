// Colours come from the style sheet, so that charts and badges never disagree.

export interface Palette {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly raised: string;
  readonly font: string;
  readonly series: readonly string[];
  /** The colour of a tone, or undefined for one that is not known. */
  readonly tone: (name: string) => string | undefined;
  /** Dark and light ink for text on a coloured ground. */
  readonly ink: readonly [string, string];
}

const SERIES = ["--color-primary", "--bucket-3", "--color-info", "--bucket-5", "--color-accent", "--bucket-2"];
const TONES: Record<string, string> = {
  good: "--color-success",
  bad: "--color-error",
  warn: "--color-warning",
  info: "--color-info",
  plain: "--line-strong",
};

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  const series = SERIES.map(read);
  const tone = (name: string): string | undefined => {
    if (/^bucket-[0-7]$/.test(name)) return read(`--${name}`);
    const position = /^series-(\d)$/.exec(name)?.[1];
    if (position) return series[Number(position) % series.length];
    const variable = TONES[name];
    return variable && read(variable);
  };
  return {
    text: read("--color-base-content"),
    muted: read("--muted"),
    line: read("--color-base-300"),
    surface: read("--color-base-100"),
    raised: read("--raised"),
    font: style.fontFamily,
    series,
    tone,
    ink: ["#14202b", "#ffffff"],
  };
}
