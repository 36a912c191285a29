// Records what is done on a page of a case: what it shows (personal data masked), clicks,
// scrolling, that a field was typed in. It pauses when nobody does anything.
import { record } from "rrweb";

import type { Outbox, Standing, Tape } from "./outbox.ts";
import { HIDDEN, PERSONAL, scrub } from "./scrub.ts";

const FLUSH_MS = 2000;
const FLUSH_CHARACTERS = 200_000;
const IDLE_MS = 5 * 60 * 1000;
const SIGNS_OF_LIFE = ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"] as const;

// What is typed is hidden. What is chosen from a list is not: the options say no more than the
// page does, and a list of people masks their names.
const TYPED = {
  ...{ text: true, textarea: true, search: true, tel: true, email: true, url: true, number: true, range: true },
  ...{ date: true, month: true, week: true, time: true, "datetime-local": true, color: true, password: true },
};

interface Told {
  loan_no: string;
  page: string;
  clear: boolean;
}

interface Event {
  timestamp: number;
}

class Screen {
  readonly #outbox: Outbox;
  readonly #told: Told;
  readonly #shown: HTMLElement;
  #tape: Tape | null = null;
  #stop: () => void = () => {};
  #lines: string[] = [];
  #characters = 0;
  #from = 0;
  #to = 0;
  #timer = 0;
  #idle = 0;

  constructor(outbox: Outbox, told: Told, shown: HTMLElement) {
    this.#outbox = outbox;
    this.#told = told;
    this.#shown = shown;
  }

  start(): void {
    if (this.#tape) return;
    const { clear, ...told } = this.#told;
    const tape = this.#outbox.begin({ kind: "screen", ...told });
    tape.onstanding = (standing) => this.#show(standing);
    this.#tape = tape;
    this.#stop =
      record({
        emit: (event) => this.#take(event),
        maskInputOptions: clear ? { password: true } : TYPED,
        ...(!clear && { maskTextSelector: PERSONAL }),
        maskTextFn: (text) => (text.trim() ? HIDDEN : text),
        blockSelector: "[data-unrecorded]",
        inlineStylesheet: false,
        slimDOMOptions: { script: true, comment: true, headFavicon: true },
        sampling: { mousemove: 100, scroll: 150, input: "last" },
      }) ?? (() => {});
    this.live();
  }

  /** Somebody does something: go on recording, or begin again. */
  live(): void {
    clearTimeout(this.#idle);
    this.#idle = window.setTimeout(() => this.finish("idle"), IDLE_MS);
    if (!this.#tape) this.start();
  }

  finish(reason: string): void {
    const tape = this.#tape;
    if (!tape) return;
    this.#stop();
    this.#flush();
    this.#tape = null;
    clearTimeout(this.#idle);
    tape.finish(reason);
    this.#shown.dataset["state"] = "paused";
  }

  #take(event: Event): void {
    const line = JSON.stringify(scrub(event, this.#told.clear));
    if (!this.#lines.length) this.#from = event.timestamp;
    this.#to = event.timestamp;
    this.#lines.push(line);
    this.#characters += line.length;
    if (this.#characters > FLUSH_CHARACTERS) this.#flush();
    else this.#timer ||= window.setTimeout(() => this.#flush(), FLUSH_MS);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const tape = this.#tape;
    if (!this.#lines.length || !tape) return;
    const body = new TextEncoder().encode(`${this.#lines.join("\n")}\n`);
    const from = Math.max(0, Math.round(this.#from - tape.startedAt));
    const to = Math.max(from, Math.round(this.#to - tape.startedAt));
    this.#lines = [];
    this.#characters = 0;
    tape.add({ from, to }, body);
  }

  #show(standing: Standing): void {
    this.#shown.dataset["state"] = standing === "kept" ? "on" : standing;
    if (standing === "refused") this.#stop();
  }
}

export function recordScreen(outbox: Outbox, shown: HTMLElement): void {
  const told = { loan_no: shown.dataset["loan"] ?? "", page: shown.dataset["page"] ?? "", clear: "clear" in shown.dataset };
  const screen = new Screen(outbox, told, shown);
  screen.start();
  for (const sign of SIGNS_OF_LIFE) {
    addEventListener(sign, () => screen.live(), { capture: true, passive: true });
  }
  addEventListener("pagehide", () => {
    screen.finish("left");
    outbox.leave();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) screen.start();
  });
}
