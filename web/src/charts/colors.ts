// Arithmetic of sRGB colours written in hexadecimal, as the style sheet writes them.

type Channels = readonly [number, number, number];

function channels(color: string): Channels {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(color);
  const full = short ? `#${short[1]}${short[1]}${short[2]}${short[2]}${short[3]}${short[3]}` : color;
  if (!/^#[0-9a-f]{6}$/i.test(full)) throw new TypeError(`not a hexadecimal colour: ${color}`);
  return [1, 3, 5].map((start) => Number.parseInt(full.slice(start, start + 2), 16)) as unknown as Channels;
}

/** `share` of `over` laid on `ground`. */
export function mixColors(ground: string, over: string, share: number): string {
  const [below, above] = [channels(ground), channels(over)];
  const mixed = below.map((value, index) => Math.round(value + ((above[index] ?? 0) - value) * share));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** Relative luminance (WCAG 2.2). */
export function luminance(color: string): number {
  const [red, green, blue] = channels(color).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as unknown as Channels;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast ratio of two colours (WCAG 2.2). */
export function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** Whichever ink reads better on a ground. */
export function inkOn(ground: string, [dark, light]: readonly [string, string]): string {
  return contrast(ground, dark) >= contrast(ground, light) ? dark : light;
}
