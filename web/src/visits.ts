// The page of a visitor: today's visits, told from the way with or without a network. All that is
// told goes into the safe first and from there to the house.
import { Card, clock, type Words } from "./visits/cards.ts";
import { House, SignedOutError, type Day } from "./visits/house.ts";
import { Outbox, type Standing } from "./visits/outbox.ts";
import { Pad, smaller } from "./visits/pictures.ts";
import { whereAmI } from "./visits/position.ts";
import { Safe, wipeDays, type StepKind, type Waiting } from "./visits/safe.ts";

const DAY_CHECK_MS = 60_000;
const page = document.querySelector<HTMLElement>("[data-visits]")!;
const words = JSON.parse(document.getElementById("visit-words")!.textContent!) as Words;
const template = document.querySelector<HTMLTemplateElement>("template[data-visit-card]")!;
const house = new House(page.dataset["today"]!);

function at<T extends HTMLElement>(name: string): T {
  return page.querySelector<T>(`[data-part="${name}"]`)!;
}

class Today {
  readonly #safe: Safe;
  readonly #outbox: Outbox;
  readonly #cards = new Map<number, Card>();
  #day: Day | null = null;
  #over: ReturnType<typeof setTimeout> | undefined;
  #refreshing: Promise<void> = Promise.resolve();
  #left = false;

  constructor(safe: Safe) {
    this.#safe = safe;
    this.#outbox = new Outbox(safe, house.send);
    this.#outbox.onstanding = (standing) => void this.#stand(standing);
    this.#outbox.onkept = (one, standing) => this.#kept(one, standing);
  }

  async begin(): Promise<void> {
    const known = await this.#safe.day<Day>(Date.now());
    if (known) await this.#take(known);
    await this.#refresh();
    await this.#outbox.sync();
    await this.#refresh();
    addEventListener("online", () => void this.again());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void this.again();
    });
    setInterval(() => void this.#endOfDay(), DAY_CHECK_MS);
    document.documentElement.dataset["visitsReady"] = "yes";
  }

  async again(): Promise<void> {
    await this.#endOfDay();
    await this.#outbox.sync();
    await this.#refresh();
  }

  /** Wipe what the phone has of the day; what waits for the house stays, sealed. */
  async leave(): Promise<boolean> {
    await this.#outbox.sync();
    const waits = (await this.#safe.waiting()).length > 0;
    if (waits && !confirm(words["leave_waiting"])) return false;
    this.#outbox.stop();
    this.#left = true; // nothing is fetched any more, and what is on its way comes before the wipe
    await this.#refreshing;
    await wipeDays();
    return true;
  }

  #refresh(): Promise<void> {
    this.#refreshing = this.#refreshing.then(() => this.#fetch());
    return this.#refreshing;
  }

  async #fetch(): Promise<void> {
    if (this.#left) return;
    try {
      const day = await house.day();
      await this.#safe.keepDay(day, day.until);
      await this.#take(day);
      await keepPage(day.until);
      at("sign-out").querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")!.value = day.csrf;
      at("signed-out").hidden = true;
    } catch (error) {
      at("signed-out").hidden = !(error instanceof SignedOutError);
      if (!(error instanceof SignedOutError)) at("line").textContent = words["offline"]!;
      await this.#show();
    }
  }

  async #take(day: Day): Promise<void> {
    this.#day = day;
    clearTimeout(this.#over);
    this.#over = setTimeout(() => void this.#endOfDay(), Math.max(0, day.until - Date.now()));
    await this.#show();
  }

  async #show(): Promise<void> {
    const waiting = await this.#safe.waiting();
    const list = at("list");
    for (const visit of this.#day?.visits ?? []) {
      let card = this.#cards.get(visit.id);
      if (!card) {
        card = new Card(template, visit, this.#day!, words);
        this.#cards.set(visit.id, card);
        this.#wire(card);
        list.append(card.root);
      }
      card.show(visit, waiting);
    }
    const ids = new Set(this.#day?.visits.map((one) => one.id));
    for (const [id, card] of this.#cards) {
      if (ids.has(id)) continue;
      card.root.remove();
      this.#cards.delete(id);
    }
    at("day").textContent = this.#day?.day ?? "";
    at("empty").hidden = this.#day === null || this.#day.visits.length > 0;
    at("nothing").hidden = this.#day !== null;
    this.#showWaiting(waiting);
  }

  #showWaiting(waiting: Waiting[]): void {
    const refused = waiting.filter((one) => one.refused);
    const count = waiting.length - refused.length;
    at("waiting").textContent = count ? words["n_waiting"]!.replace("%s", String(count)) : words["all_sent"]!;
    page.dataset["waiting"] = String(count);
    at("refused").hidden = refused.length === 0;
    at("refused-list").replaceChildren(
      ...refused.map((one) => {
        const line = document.createElement("li");
        const drop = document.createElement("button");
        Object.assign(drop, { type: "button", className: "btn btn-sm", textContent: words["let_go"]! });
        drop.addEventListener("click", () => {
          if (confirm(words["let_go_sure"])) void this.#safe.drop(one).then(() => this.#show());
        });
        line.append(`${clock(one.at)} ${words[one.kind]}: ${words[`refused_${one.refused}`] ?? words["refused"]} `, drop);
        return line;
      }),
    );
  }

  #wire(card: Card): void {
    const id = card.visit.id;
    card.part("check-in").addEventListener("click", () => void this.#arrive(card));
    card.part("check-out").addEventListener("click", () => void this.#tell(id, "check_out", {}));
    card.part<HTMLInputElement>("photo").addEventListener("change", (event) => {
      const input = event.currentTarget as HTMLInputElement;
      const file = input.files?.[0];
      input.value = "";
      if (file) void this.#photo(id, file);
    });
    card.part<HTMLFormElement>("result").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#result(card);
    });
    const pad = new Pad(card.part<HTMLCanvasElement>("pad"));
    card.part("clear").addEventListener("click", () => pad.clear());
    card.part<HTMLFormElement>("sign").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#sign(card, pad);
    });
  }

  async #arrive(card: Card): Promise<void> {
    const claimed = Date.now();
    const button = card.part<HTMLButtonElement>("check-in");
    button.disabled = true;
    say(words["locating"]!);
    await this.#tell(card.visit.id, "check_in", await whereAmI(), undefined, claimed);
    button.disabled = false;
  }

  async #photo(visit: number, file: File): Promise<void> {
    const claimed = Date.now();
    try {
      await this.#tell(visit, "photo", {}, await smaller(file), claimed);
    } catch {
      say(words["no_picture"]!);
    }
  }

  async #result(card: Card): Promise<void> {
    const [code, note, on] = ["code", "note", "follow-up"].map((name) => card.part<HTMLInputElement>(name).value);
    const alone = card.part<HTMLInputElement>("alone").checked;
    const besides = { ...(on ? { follow_up_on: on } : {}), ...(alone ? { alone } : {}) };
    await this.#tell(card.visit.id, "result", { code, note, ...besides });
  }

  async #sign(card: Card, pad: Pad): Promise<void> {
    const typed = card.part<HTMLInputElement>("typed");
    if (!pad.drawn && !typed.value.trim()) {
      say(words["sign_first"]!);
      typed.focus();
      return;
    }
    const signer = card.part<HTMLSelectElement>("signer").value;
    const told = { signer, typed_name: typed.value.trim() };
    await this.#tell(card.visit.id, "signature", told, pad.drawn ? await pad.picture() : undefined);
    pad.clear();
    typed.value = "";
  }

  /** Into the safe, onto the page, and on its way. */
  async #tell(visit: number, kind: StepKind, told: object, file?: Blob, claimed = Date.now()): Promise<void> {
    const step = { id: crypto.randomUUID(), kind, claimed_at: new Date(claimed).toISOString(), ...told };
    await this.#safe.put(step, visit, claimed, file);
    say(`${words[kind]}: ${words["waiting"]}`);
    await this.#show();
    void this.#outbox.sync().then(() => this.#refresh());
  }

  #kept(one: Waiting, standing: string): void {
    say(`${words[one.kind]}: ${words[standing] ?? standing}`);
    if (standing === "stopped") alert(words["stopped_now"]);
  }

  async #stand(standing: Standing): Promise<void> {
    at("line").textContent = words[standing] ?? "";
    at("signed-out").hidden = standing !== "signed_out";
    this.#showWaiting(await this.#safe.waiting());
  }

  async #endOfDay(): Promise<void> {
    if (!this.#day || Date.now() < this.#day.until) return;
    this.#day = null;
    await wipeDays();
    await this.#show();
  }
}

function say(text: string): void {
  at("said").textContent = text;
}

/** Let the worker keep this page and what it is made of until the day is over. */
async function keepPage(until: number): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.ready;
  const parts = performance.getEntriesByType("resource").map((one) => new URL(one.name));
  const urls = parts.filter((one) => one.origin === location.origin && one.pathname.startsWith("/static/"));
  const kept = [page.dataset["today"]!, ...new Set(urls.map((one) => one.pathname))];
  registration.active?.postMessage({ keep: kept, until });
}

async function start(): Promise<void> {
  const safe = await Safe.open(page.dataset["staff"]!).catch(() => null);
  at("keeps-nothing").hidden = safe?.keeps === true;
  if (!safe) return;
  if ("serviceWorker" in navigator) {
    const today = page.dataset["today"]!;
    await navigator.serviceWorker.register(`${today}worker.js`, { scope: today }).catch(() => undefined);
  }
  void navigator.storage?.persist?.();
  const today = new Today(safe);
  at("sync").addEventListener("click", () => void today.again());
  at<HTMLFormElement>("sign-out").addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    void today.leave().then((gone) => gone && form.submit());
  });
  await today.begin();
}

void start();
