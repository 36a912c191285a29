// Sends what was told, one by one in the order of its telling. What cannot be sent now waits and
// is tried again; what the house refuses for good stays to be seen until somebody lets it go.
import type { Safe, Waiting } from "./safe.ts";

/** What the house says of one step: kept (as what), refused for good (why), or not now. */
export type Answer = { kept: string } | { refused: string } | { later: "offline" | "signed_out" };

export type Send = (one: Waiting, told: Record<string, unknown>, file: Blob | null) => Promise<Answer>;

export type Standing = "idle" | "sending" | "offline" | "signed_out";

export const RETRY_MS = [2_000, 5_000, 15_000, 60_000];

type Shelf = Pick<Safe, "waiting" | "words" | "file" | "drop" | "refuse">;

export class Outbox {
  readonly #shelf: Shelf;
  readonly #send: Send;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | null = null;
  #again = false;
  onstanding: (standing: Standing) => void = () => {};
  onkept: (one: Waiting, standing: string) => void = () => {};

  constructor(shelf: Shelf, send: Send) {
    this.#shelf = shelf;
    this.#send = send;
  }

  /** Send all that waits; a second call while one is at it makes it look once more. */
  sync(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#run().finally(() => (this.#running = null));
    return this.#running;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    clearTimeout(this.#timer);
    while (this.#again) {
      this.#again = false;
      const later = await alone(() => this.#sendAll());
      if (later) {
        this.onstanding(later);
        if (later === "offline") this.#retry();
        return;
      }
    }
    this.#failures = 0;
    this.onstanding("idle");
  }

  #retry(): void {
    const wait = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)]!;
    this.#failures += 1;
    this.#timer = setTimeout(() => void this.sync(), wait);
  }

  async #sendAll(): Promise<"offline" | "signed_out" | null> {
    for (const one of await this.#shelf.waiting()) {
      if (one.refused) continue;
      this.onstanding("sending");
      const answer = await this.#send(one, await this.#shelf.words(one), await this.#shelf.file(one));
      if ("later" in answer) return answer.later;
      if ("refused" in answer) await this.#shelf.refuse(one, answer.refused);
      else {
        await this.#shelf.drop(one);
        this.onkept(one, answer.kept);
      }
    }
    return null;
  }
}

/** Two pages of one browser do not send the same at once. */
function alone<T>(work: () => Promise<T>): Promise<T> {
  if (typeof navigator === "undefined" || !navigator.locks) return work();
  return navigator.locks.request("carrears-visits", work) as Promise<T>;
}
