// The house as the phone speaks to it: the day's visits, and where steps are sent.
import type { Answer, Send } from "./outbox.ts";

export interface KnownStep {
  id: string;
  kind: string;
  time: string;
  standing: string;
  late: boolean;
  mine?: boolean;
}

export interface Visit {
  id: number;
  window: string;
  name: string;
  address: string;
  locked: boolean;
  colleague: string;
  loan_no: string;
  state: string;
  state_name: string;
  here: boolean;
  steps: KnownStep[];
}

export interface Code {
  code: string;
  title: string;
  needs_day: boolean;
}

export interface Day {
  day: string;
  until: number;
  csrf: string;
  visits: Visit[];
  codes: Code[];
  first_day: string;
  last_day: string;
}

export class SignedOutError extends Error {}

export class House {
  readonly #today: string;
  #csrf = "";

  constructor(today: string) {
    this.#today = today;
  }

  /** The visits of today. Throws SignedOutError, or whatever a lost line throws. */
  async day(): Promise<Day> {
    const response = await fetch(`${this.#today}data/`, { redirect: "manual", headers: { Accept: "application/json" } });
    if (response.type === "opaqueredirect" || response.status === 403) throw new SignedOutError();
    if (!response.ok) throw new Error(`not now: ${response.status}`);
    const day = (await response.json()) as Day;
    this.#csrf = day.csrf;
    return day;
  }

  send: Send = async (one, told, file): Promise<Answer> => {
    const body = new FormData();
    body.set("told", JSON.stringify({ ...told, sent_at: new Date().toISOString() }));
    if (file) body.set("file", file, `${one.kind}.bin`);
    try {
      if (!this.#csrf) await this.day();
      const response = await fetch(`${this.#today}${one.visit}/`, {
        method: "POST",
        body,
        redirect: "manual",
        headers: { "X-CSRFToken": this.#csrf, Accept: "application/json" },
      });
      return await this.#heard(response);
    } catch (error) {
      return { later: error instanceof SignedOutError ? "signed_out" : "offline" };
    }
  };

  async #heard(response: Response): Promise<Answer> {
    const told = response.headers.get("Content-Type")?.startsWith("application/json");
    if (!told) {
      this.#csrf = ""; // signed in anew since, perhaps
      return { later: response.type === "opaqueredirect" ? "signed_out" : "offline" };
    }
    const answer = (await response.json()) as { standing?: string; refused?: string };
    return answer.refused ? { refused: answer.refused } : { kept: answer.standing ?? "kept" };
  }
}
