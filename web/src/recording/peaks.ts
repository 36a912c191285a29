// The waveform of a sound: its loudest sample in each tenth of a second, 255 for full scale.

const MIDDLE = 128; // unsigned samples of eight bits rest here

export function peakOf(samples: Uint8Array): number {
  let loudest = 0;
  for (const sample of samples) loudest = Math.max(loudest, Math.abs(sample - MIDDLE));
  return Math.min(255, loudest * 2);
}

export function encodePeaks(peaks: number[]): string {
  return btoa(String.fromCharCode(...peaks));
}
