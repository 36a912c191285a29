// Which keys mean what, apart from the DOM so that it can be tested.

export interface Pressed {
  readonly key: string;
  readonly ctrl: boolean;
  readonly alt: boolean;
  readonly meta: boolean;
  readonly typing: boolean;
  readonly at: number;
}

export const SEQUENCE_MS = 1200;

/** Joins key presses into shortcuts such as `g d`; says which one is complete. */
export class ShortcutReader {
  #first = "";
  #firstAt = 0;
  readonly #known: ReadonlySet<string>;

  constructor(known: Iterable<string>) {
    this.#known = new Set(known);
  }

  /** The shortcut that this press completes, or null. Presses while typing mean text. */
  read(pressed: Pressed): string | null {
    if (pressed.typing || pressed.ctrl || pressed.alt || pressed.meta) return this.#reset();
    const inTime = this.#first !== "" && pressed.at - this.#firstAt <= SEQUENCE_MS;
    const sequence = inTime ? `${this.#first} ${pressed.key}` : "";
    if (this.#known.has(sequence)) return this.#done(sequence);
    if (this.#known.has(pressed.key)) return this.#done(pressed.key);
    const begins = [...this.#known].some((name) => name.startsWith(`${pressed.key} `));
    this.#first = begins ? pressed.key : "";
    this.#firstAt = pressed.at;
    return null;
  }

  #done(name: string): string {
    this.#reset();
    return name;
  }

  #reset(): null {
    this.#first = "";
    return null;
  }
}

/** The row to move to, kept inside the list; the first step lands on the first row. */
export function stepRow(current: number, delta: number, count: number): number {
  if (count === 0) return -1;
  if (current < 0) return delta > 0 ? 0 : count - 1;
  return Math.min(count - 1, Math.max(0, current + delta));
}
