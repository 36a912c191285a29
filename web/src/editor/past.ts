// Undo and redo: documents before and after the one that is shown.

const KEPT = 200;

export class Past<T> {
  #before: T[] = [];
  #after: T[] = [];
  #now: T;

  constructor(first: T) {
    this.#now = first;
  }

  get now(): T { return this.#now; }
  get canUndo(): boolean { return this.#before.length > 0; }
  get canRedo(): boolean { return this.#after.length > 0; }

  push(next: T): void {
    if (next === this.#now) return;
    this.#before = [...this.#before, this.#now].slice(-KEPT);
    this.#after = [];
    this.#now = next;
  }

  undo(): boolean {
    const last = this.#before.pop();
    if (last === undefined) return false;
    this.#after.push(this.#now);
    this.#now = last;
    return true;
  }

  redo(): boolean {
    const next = this.#after.pop();
    if (next === undefined) return false;
    this.#before.push(this.#now);
    this.#now = next;
    return true;
  }
}
