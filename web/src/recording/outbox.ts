// Sends what was recorded, in order, until the house has it. A chunk leaves the browser's shelf
// only when the house says that it is there; whatever is sent twice is taken once.
import { Chain, type Chunk, type Header, makeToken } from "./frames.ts";
import { type Beginning, type Kept, Shelf } from "./shelf.ts";

/** How it goes: all is at the house, something is on its way or waits, or the house refused. */
export type Standing = "kept" | "waiting" | "refused";

const RETRY_MS = [1000, 2000, 5000, 10_000, 30_000];
const LARGEST_AT_THE_LAST = 60_000; // a browser carries 64 KiB of a page that is gone

interface Wanted {
  wanted?: number;
  refused?: string;
}

/** One recording that this page makes. */
export class Tape {
  readonly kept: Kept;
  readonly startedAt: number;
  readonly #chain: Chain;
  readonly #outbox: Outbox;
  pending: Chunk[] = [];
  begun = false;
  standing: Standing = "waiting";
  onstanding: (standing: Standing) => void = () => {};

  constructor(outbox: Outbox, told: Omit<Beginning, "token" | "started_at">, staff: string) {
    this.#outbox = outbox;
    this.startedAt = Date.now();
    const beginning = { ...told, token: makeToken(), started_at: this.startedAt };
    this.kept = { token: beginning.token, staff, beginning };
    this.#chain = new Chain(beginning.token, told.kind);
  }

  add(header: Header, body: Uint8Array): void {
    if (this.kept.end || this.standing === "refused") return;
    const chunk = this.#chain.add(header, body);
    this.pending.push(chunk);
    this.#outbox.shelf.putChunk(chunk);
    this.#outbox.wake();
  }

  finish(reason: string): void {
    if (this.kept.end) return;
    this.kept.end = { count: this.#chain.seq, head: this.#chain.head, reason };
    this.#outbox.shelf.put(this.kept);
    this.#outbox.wake();
  }

  stand(standing: Standing): void {
    if (this.standing === standing) return;
    this.standing = standing;
    this.onstanding(standing);
  }
}

export class Outbox {
  readonly shelf: Shelf;
  readonly #staff: string;
  #tapes: Tape[] = [];
  #working = false;
  #again = false;
  #failures = 0;
  #timer = 0;

  private constructor(shelf: Shelf, staff: string) {
    this.shelf = shelf;
    this.#staff = staff;
    addEventListener("online", () => {
      this.wake();
      void this.sendLeftovers();
    });
  }

  static async open(staff: string): Promise<Outbox> {
    return new Outbox(await Shelf.open(), staff);
  }

  begin(told: Omit<Beginning, "token" | "started_at">): Tape {
    const tape = new Tape(this, told, this.#staff);
    this.#tapes.push(tape);
    this.shelf.put(tape.kept);
    this.wake();
    return tape;
  }

  /** Send what pages before this one, which may have crashed, left on the shelf. */
  async sendLeftovers(): Promise<void> {
    const own = new Set(this.#tapes.map((tape) => tape.kept.token));
    for (const kept of await this.shelf.recordings(this.#staff)) {
      if (own.has(kept.token)) continue;
      const chunks = await this.shelf.chunks(kept.token);
      if (chunks.length === 0 && !kept.end) continue; // another page is at it, or all is there
      try {
        await this.#sendAll(kept, chunks, () => {});
      } catch {
        return; // the next page tries again
      }
    }
  }

  wake(): void {
    this.#again = true;
    if (!this.#working) void this.#work();
  }

  /** The page goes: what still fits is handed to the browser, the rest stays on the shelf. */
  leave(): void {
    for (const tape of this.#tapes) {
      const [last] = tape.pending;
      const end = tape.kept.end;
      if (!tape.begun || !end || tape.pending.length > 1) continue;
      if (last && last.frame.length <= LARGEST_AT_THE_LAST) {
        void send(last, { end: end.reason, keepalive: true }).catch(() => {});
      } else if (!last) void post(`${tape.kept.token}/end/`, end, true).catch(() => {});
    }
  }

  async #work(): Promise<void> {
    this.#working = true;
    clearTimeout(this.#timer);
    try {
      while (this.#again) {
        this.#again = false;
        for (const tape of this.#tapes) await this.#sendTape(tape);
      }
      this.#failures = 0;
    } catch {
      for (const tape of this.#tapes) tape.stand("waiting");
      const wait = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)]!;
      this.#failures += 1;
      this.#timer = window.setTimeout(() => this.wake(), wait);
    } finally {
      this.#working = false;
    }
  }

  async #sendTape(tape: Tape): Promise<void> {
    const { kept } = tape;
    if (tape.begun && !tape.pending.length && !kept.end) return;
    const taken = () => tape.pending.shift();
    if (!tape.begun && (await post("begin/", kept.beginning)).refused) return this.#refuse(tape);
    tape.begun = true;
    while (tape.pending.length || kept.end) {
      // As it is now: more may be recorded, and its end may come, while this is on its way.
      const { end } = kept;
      if (!(await this.#sendAll({ ...kept }, [...tape.pending], taken, true))) return this.#refuse(tape);
      if (end) {
        this.#tapes = this.#tapes.filter((one) => one !== tape);
        break;
      }
    }
    tape.stand("kept");
  }

  #refuse(tape: Tape): void {
    tape.pending = [];
    this.shelf.drop(tape.kept.token);
    this.#tapes = this.#tapes.filter((one) => one !== tape);
    tape.stand("refused");
  }

  /** False when the house refused for good; throws when it cannot be reached now. */
  async #sendAll(kept: Kept, chunks: Chunk[], taken: () => void, begun = false): Promise<boolean> {
    if (!begun && (await post("begin/", kept.beginning)).refused) return this.#giveUp(kept);
    for (const chunk of chunks) {
      const answer = await send(chunk);
      if (answer.refused && !(answer.refused === "out_of_place" && (answer.wanted ?? 0) > chunk.seq)) {
        return this.#giveUp(kept);
      }
      this.shelf.dropChunk(chunk.token, chunk.seq);
      taken();
    }
    if (!kept.end) return true;
    if (!kept.beginning.refused && (await post(`${kept.token}/end/`, kept.end)).refused) return this.#giveUp(kept);
    this.shelf.drop(kept.token);
    return true;
  }

  #giveUp(kept: Kept): false {
    this.shelf.drop(kept.token);
    return false;
  }
}

function csrfToken(): string {
  const given = document.body.getAttribute("hx-headers:inherited") ?? "{}";
  return (JSON.parse(given) as Record<string, string>)["X-CSRFToken"] ?? "";
}

async function call(path: string, init: RequestInit, headers: Record<string, string>): Promise<Wanted> {
  const response = await fetch(`/recordings/${path}`, {
    ...init,
    method: "POST",
    redirect: "manual",
    headers: { "X-CSRFToken": csrfToken(), ...headers },
  });
  if (response.headers.get("Content-Type")?.startsWith("application/json")) return (await response.json()) as Wanted;
  // No word of the addresses for recordings themselves: signed out, the page's token too old,
  // the house in trouble. What is on the shelf waits.
  throw new Error(`not now: ${response.status}`);
}

function post(path: string, told: object, keepalive = false): Promise<Wanted> {
  return call(path, { body: JSON.stringify(told), keepalive }, { "Content-Type": "application/json" });
}

function send(chunk: Chunk, last: { end?: string; keepalive?: boolean } = {}): Promise<Wanted> {
  const headers: Record<string, string> = {
    "Content-Type": "application/octet-stream",
    "X-Previous": chunk.previous,
    "X-Sha256": chunk.sha256,
  };
  if (last.end) headers["X-End"] = last.end;
  const path = `${chunk.token}/chunks/${chunk.seq}/`;
  return call(path, { body: chunk.frame, keepalive: last.keepalive ?? false }, headers);
}
