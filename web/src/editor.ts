// The editor of a draft: shows one node at a time, keeps undo and redo, saves by itself.
import { button, make } from "./editor/dom.ts";
import { drawGraph } from "./editor/graph.ts";
import { drawLines, hasLines } from "./editor/lines.ts";
import { type Graph, type Node, type TableContent, whole } from "./editor/model.ts";
import { Past } from "./editor/past.ts";
import { type Bench, cellId, drawTable, markFaults, WINDOW } from "./editor/table.ts";
import type { Data, Fault } from "./editor/types.ts";

const SAVE_AFTER_MS = 800;

class Editor implements Bench {
  readonly data: Data;
  #root: HTMLElement;
  #past: Past<Graph>;
  #chosen: string;
  #first = 0;
  #faults: Fault[] | null = null; // null while it is not known
  #unchecked = false;
  #revision: number;
  #status: string;
  #timer = 0;
  #saving = false;
  #wanted: Graph | null = null;

  constructor(root: HTMLElement, data: Data) {
    this.data = data;
    this.#root = root;
    this.#past = new Past(whole(data.document));
    this.#revision = Number(root.dataset["revision"]);
    this.#status = data.words["saved"]!;
    const { nodes } = this.graph();
    this.#chosen = (nodes.findLast((node) => node.type === "decisionTableNode") ?? nodes[0])?.id ?? "";
    root.addEventListener("keydown", (event) => this.#key(event));
    window.addEventListener("beforeunload", (event) => { if (this.#wanted) event.preventDefault(); });
    this.#draw();
    void this.#check();
  }

  graph(): Graph { return this.#past.now; }

  first(): number { return this.#first; }

  show(row: number, focus: string): void {
    const rows = rulesOf(this.#node());
    if (row < 0 || row >= rows) return;
    if (row < this.#first || row >= this.#first + WINDOW) {
      (document.activeElement as HTMLElement | null)?.blur(); // tells what was typed in a cell that goes
      this.#first = Math.floor(row / WINDOW) * WINDOW;
      this.#draw(focus);
    } else document.getElementById(focus)?.focus();
  }

  change(next: Graph, focus?: string): void {
    this.#past.push(next);
    this.#changed(focus);
  }

  note(next: Graph, field: HTMLInputElement | HTMLTextAreaElement): void {
    field.defaultValue = field.value;
    this.#past.push(next);
    this.#root.querySelector(".editor-bar")?.replaceWith(this.#bar());
    this.#saveSoon();
  }

  #key(event: KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey) || isBeingTyped(event.target)) return;
    const key = event.key.toLowerCase();
    const moved = key === "z" && !event.shiftKey ? this.#past.undo() : key === "y" || (key === "z" && event.shiftKey) ? this.#past.redo() : false;
    if (!moved) return;
    event.preventDefault();
    this.#changed();
  }

  #changed(focus?: string): void {
    this.#draw(focus);
    this.#saveSoon();
  }

  #saveSoon(): void {
    this.#wanted = this.graph();
    this.#say("unsaved");
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#save(), SAVE_AFTER_MS);
  }

  async #save(): Promise<void> {
    if (this.#saving || !this.#wanted) return;
    const sent = this.#wanted;
    this.#saving = true;
    this.#say("saving");
    try {
      const answer = await fetch(this.#root.dataset["save"]!, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
        body: JSON.stringify({ revision: this.#revision, document: sent }),
      });
      if (answer.status === 409) this.#say("stale");
      else if (!answer.ok) this.#say("failed");
      else {
        this.#revision = ((await answer.json()) as { revision: number }).revision;
        if (this.#wanted === sent) this.#wanted = null;
        this.#say("saved");
        document.body.dispatchEvent(new CustomEvent("draft-saved"));
        void this.#check();
      }
    } catch {
      this.#say("failed");
    }
    this.#saving = false;
    if (this.#wanted && this.#wanted !== sent) void this.#save();
  }

  /** Asks what is wrong with what was saved; an answer about an older draft is let go. */
  async #check(): Promise<void> {
    const asked = this.#revision;
    this.#faults = null;
    this.#unchecked = false;
    this.#tell();
    try {
      const answer = await fetch(this.#root.dataset["check"]!);
      if (!answer.ok) throw new Error(String(answer.status));
      const told = (await answer.json()) as { revision: number; faults: Fault[] };
      if (told.revision !== this.#revision) return;
      this.#faults = told.faults;
    } catch {
      if (asked !== this.#revision) return;
      this.#unchecked = true;
    }
    this.#tell();
  }

  /** Tells what is wrong without touching the fields: somebody may be typing. */
  #tell(): void {
    this.#root.querySelector("[data-report]")?.replaceWith(this.#report());
    this.#mark();
  }

  #mark(): void {
    const node = this.#node();
    if (node?.type !== "decisionTableNode" || this.#faults === null) return;
    markFaults(this.#root, node, this.#faults.filter((one) => one.node === (node.name || node.id)));
  }

  #say(word: string): void {
    this.#status = this.data.words[word]!;
    const place = this.#root.querySelector("[data-status]");
    if (place) place.textContent = this.#status;
  }

  #draw(focus?: string): void {
    const active = focus ?? document.activeElement?.id ?? "";
    const node = this.#node();
    this.#first = Math.min(this.#first, Math.floor(Math.max(rulesOf(node) - 1, 0) / WINDOW) * WINDOW);
    const row = Number(/^cell:.*:(\d+):/.exec(focus ?? "")?.[1] ?? this.#first);
    if (row < this.#first || row >= this.#first + WINDOW) this.#first = Math.floor(row / WINDOW) * WINDOW;
    const scrolled = this.#root.querySelector(".table-scroll")?.scrollLeft ?? 0;
    this.#root.replaceChildren(this.#bar(), this.#picture(), this.#report(), ...(node ? [this.#drawn(node)] : []), this.#factList());
    const box = this.#root.querySelector(".table-scroll");
    if (box) box.scrollLeft = scrolled;
    this.#mark();
    if (active) document.getElementById(active)?.focus({ preventScroll: focus === undefined });
  }

  #node(): Node | undefined {
    return this.graph().nodes.find((one) => one.id === this.#chosen);
  }

  #bar(): HTMLElement {
    const { words } = this.data;
    const step = (move: () => boolean) => () => { if (move()) this.#changed(); };
    return make("div", { class: "editor-bar" },
      ...this.graph().nodes.filter((node) => node.type === "decisionTableNode" || hasLines(node)).map((node) =>
        button(node.name || node.id, () => this.#choose(node.id), { "aria-pressed": String(node.id === this.#chosen), class: node.id === this.#chosen ? "btn btn-sm btn-primary" : "btn btn-sm" })),
      make("span", { class: "editor-gap" }),
      button(words["undo"]!, step(() => this.#past.undo()), { class: "btn btn-sm btn-ghost", disabled: !this.#past.canUndo }),
      button(words["redo"]!, step(() => this.#past.redo()), { class: "btn btn-sm btn-ghost", disabled: !this.#past.canRedo }),
      make("span", { class: "muted small", role: "status", "data-status": true }, this.#status));
  }

  #choose(id: string): void {
    this.#chosen = id;
    this.#first = 0;
    this.#draw();
  }

  #picture(): SVGElement {
    return drawGraph(this.graph(), this.#chosen, this.data.words["graph"]!, (id) => this.#choose(id));
  }

  #report(): HTMLElement {
    const { words } = this.data;
    if (this.#unchecked) return make("p", { class: "notice notice-error", role: "alert", "data-report": true }, words["unchecked"]!);
    if (this.#faults === null) return make("p", { class: "notice", role: "status", "data-report": true }, words["checking"]!);
    if (!this.#faults.length) return make("p", { class: "notice notice-success", role: "status", "data-report": true }, words["ready"]!);
    const lines = this.#faults.map((one) => {
      const place = [one.node, one.row === null ? "" : `${words["rule"]!} ${one.row}`, one.column].filter(Boolean).join(" · ");
      const text = place ? `${place}: ${one.reason}` : one.reason;
      return make("li", {}, one.node ? button(text, () => this.#goTo(one), { class: "" }) : text);
    });
    return make("div", { class: "notice notice-error editor-faults", role: "alert", "data-report": true }, make("div", {}, words["faults"]!, make("ul", {}, ...lines)));
  }

  /** Shows the cell that a fault names, or its node. */
  #goTo(fault: Fault): void {
    const node = this.graph().nodes.find((one) => (one.name || one.id) === fault.node);
    if (!node) return;
    this.#choose(node.id);
    if (node.type !== "decisionTableNode" || fault.row === null) return;
    const { inputs, outputs } = node.content as TableContent;
    const column = [...inputs, ...outputs].find((one) => (one.name || one.field || one.id) === fault.column);
    this.show(fault.row - 1, cellId(node.id, fault.row - 1, (column ?? inputs[0] ?? outputs[0])?.id ?? ""));
  }

  #drawn(node: Node): HTMLElement {
    if (node.type === "decisionTableNode") return drawTable(this, node);
    return hasLines(node) ? drawLines(this, node) : make("p", { class: "muted" }, this.data.words["readOnly"]!);
  }

  #factList(): HTMLElement {
    return make("datalist", { id: "facts" }, ...this.data.facts.map((fact) => make("option", { value: fact.name }, fact.title)));
  }
}

/** Whether a field holds what was not taken over yet; its own undo comes first. */
function isBeingTyped(target: EventTarget | null): boolean {
  return (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) && target.value !== target.defaultValue;
}

function rulesOf(node: Node | undefined): number {
  return node?.type === "decisionTableNode" ? (node.content as TableContent).rules.length : 0;
}

function token(): string {
  return document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
}

const root = document.querySelector<HTMLElement>("[data-editor]");
const source = document.getElementById("draft-data");
if (root && source?.textContent) new Editor(root, JSON.parse(source.textContent) as Data);
