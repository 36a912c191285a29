// The visits of the day on the page: one card each, filled from a template of the house's, so
// that every word is in the reader's language.
import type { Code, Day, KnownStep, Visit } from "./house.ts";
import type { Waiting } from "./safe.ts";

/** Words by code, as the page carries them. */
export type Words = Record<string, string>;

const DONE_WITH = new Set(["called_off", "stopped", "blocked"]);

function part<T extends HTMLElement>(root: ParentNode, name: string): T {
  return root.querySelector<T>(`[data-part="${name}"]`)!;
}

export function clock(at: number): string {
  return new Date(at).toLocaleTimeString("sv", { hour: "2-digit", minute: "2-digit" });
}

/** What is known of a visit's steps, here and at the house, by the order of their telling. */
export function stepsOf(visit: Visit, waiting: Waiting[]): KnownStep[] {
  const known = new Set(visit.steps.map((one) => one.id));
  const here = waiting.filter((one) => one.visit === visit.id && !known.has(one.id));
  return [
    ...visit.steps,
    ...here.map((one) => {
      const standing = one.refused ? "refused" : "waiting";
      return { id: one.id, kind: one.kind, time: clock(one.at), standing, late: false };
    }),
  ];
}

export class Card {
  readonly root: HTMLElement;
  visit: Visit;
  readonly #words: Words;

  constructor(template: HTMLTemplateElement, visit: Visit, day: Day, words: Words) {
    this.root = (template.content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement;
    this.visit = visit;
    this.#words = words;
    this.root.dataset["visit"] = String(visit.id);
    this.#name();
    this.#offer(day);
  }

  part<T extends HTMLElement>(name: string): T {
    return part<T>(this.root, name);
  }

  /** Show how it stands, with what waits; whoever types in a form is not disturbed. */
  show(visit: Visit, waiting: Waiting[]): void {
    this.visit = visit;
    const steps = stepsOf(visit, waiting);
    // What was not taken, or did not fit, may be told again.
    const taken = steps.filter((one) => one.standing !== "refused" && one.standing !== "conflict");
    const over = DONE_WITH.has(visit.state);
    // Each of the two checks in for himself: that a colleague did says nothing of the other.
    const own = taken.some((one) => one.kind === "check_in" && one.mine !== false);
    const inside = own || visit.here || visit.state === "done";
    this.part("window").textContent = visit.window;
    this.part("state").textContent = visit.state_name;
    this.part("name").textContent = visit.name;
    this.part("address").textContent = visit.address;
    this.part("with").textContent = visit.colleague;
    this.part("locked").hidden = !visit.locked;
    this.part("stopped").hidden = !over;
    this.part("arrive").hidden = over || inside;
    const left = taken.some((one) => one.kind === "check_out" && one.mine !== false);
    this.part("inside").hidden = over || !inside || left;
    // One that waits for the colleague may be told again: that nobody else was there.
    const result = taken.some((one) => one.kind === "result" && one.standing !== "waits");
    this.part("result").hidden = result || visit.state === "done";
    this.part("steps").replaceChildren(...steps.map((one) => this.#line(one)));
  }

  #line(step: KnownStep): HTMLElement {
    const line = document.createElement("li");
    line.dataset["step"] = step.kind;
    line.dataset["standing"] = step.standing;
    const name = document.createElement("span");
    name.textContent = `${step.time} ${this.#words[step.kind] ?? step.kind}`;
    const mark = document.createElement("span");
    mark.className = "visit-mark";
    mark.textContent = this.#words[step.standing] ?? step.standing;
    if (step.late) mark.textContent += ` · ${this.#words["late"]}`;
    line.append(name, mark);
    return line;
  }

  /** Names that labels and headings need, each once on the page. */
  #name(): void {
    const suffix = `-${this.visit.id}`;
    for (const one of this.root.querySelectorAll<HTMLElement>("[id]")) one.id += suffix;
    for (const name of ["for", "aria-labelledby", "aria-describedby"]) {
      for (const one of this.root.querySelectorAll(`[${name}]`)) {
        one.setAttribute(name, one.getAttribute(name)! + suffix);
      }
    }
    if (this.root.hasAttribute("aria-labelledby")) this.root.setAttribute("aria-labelledby", `visit${suffix}`);
  }

  #offer(day: Day): void {
    const code = this.part<HTMLSelectElement>("code");
    code.append(...day.codes.map((one: Code) => new Option(one.title, one.code)));
    const on = this.part<HTMLInputElement>("follow-up");
    on.min = day.first_day;
    on.max = day.last_day;
    const needs = new Set(day.codes.filter((one) => one.needs_day).map((one) => one.code));
    code.addEventListener("change", () => (on.required = needs.has(code.value)));
  }
}
