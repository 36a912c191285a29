// Of what is typed, what names somebody; apart from the DOM so that it can be tested.

/** A name that is being typed: where its `@` stands, and what is typed of it. */
export interface Begun {
  readonly at: number;
  readonly name: string;
}

// As the server reads a comment: behind a letter, a digit or one of ._+- it is an address.
const BEGUN = /(?<![A-Za-z0-9._+-])[@＠]([\p{L}\p{N}_.+-]{0,40})$/u;

/** The name that ends where the cursor stands, if there is one. */
export function begunAt(text: string, caret: number): Begun | null {
  const found = BEGUN.exec(text.slice(0, caret));
  return found ? { at: found.index, name: found[1]! } : null;
}

/** Where one comes by stepping through so many, round their ends; from -1, none. */
export function stepRound(current: number, delta: number, length: number): number {
  if (length === 0) return -1;
  return current < 0 && delta < 0 ? length - 1 : (current + delta + length) % length;
}
