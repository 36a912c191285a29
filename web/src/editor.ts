// The editor of a draft: shows one node at a time, keeps undo and redo, saves by itself.
import { button, make } from "./editor/dom.ts";
import { drawGraph } from "./editor/graph.ts";
import { drawLines, hasLines } from "./editor/lines.ts";
import type { Graph, Node } from "./editor/model.ts";
import { Past } from "./editor/past.ts";
import { type Bench, drawTable } from "./editor/table.ts";
import type { Data, Fault } from "./editor/types.ts";

const SAVE_AFTER_MS = 800;

class Editor implements Bench {
  readonly data: Data;
  #root: HTMLElement;
  #past: Past<Graph>;
  #chosen: string;
  #faults: Fault[];
  #revision: number;
  #status: string;
  #timer = 0;
  #saving = false;
  #wanted: Graph | null = null;

  constructor(root: HTMLElement, data: Data) {
    this.data = data;
    this.#root = root;
    this.#past = new Past(data.document);
    this.#faults = data.faults;
    this.#revision = Number(root.dataset["revision"]);
    this.#status = data.words["saved"]!;
    const nodes = data.document.nodes;
    this.#chosen = (nodes.findLast((node) => node.type === "decisionTableNode") ?? nodes[0])?.id ?? "";
    root.addEventListener("keydown", (event) => this.#key(event));
    window.addEventListener("beforeunload", (event) => { if (this.#wanted) event.preventDefault(); });
    this.#draw();
  }

  graph(): Graph { return this.#past.now; }

  change(next: Graph, focus?: string): void {
    this.#past.push(next);
    this.#changed(focus);
  }

  #key(event: KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    const moved = key === "z" && !event.shiftKey ? this.#past.undo() : key === "y" || (key === "z" && event.shiftKey) ? this.#past.redo() : false;
    if (!moved) return;
    event.preventDefault();
    this.#changed();
  }

  #changed(focus?: string): void {
    this.#wanted = this.graph();
    this.#say("unsaved");
    this.#draw(focus);
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
        const told = (await answer.json()) as { revision: number; faults: Fault[] };
        this.#revision = told.revision;
        this.#faults = told.faults;
        if (this.#wanted === sent) this.#wanted = null;
        this.#say("saved");
        this.#draw();
      }
    } catch {
      this.#say("failed");
    }
    this.#saving = false;
    if (this.#wanted && this.#wanted !== sent) void this.#save();
  }

  #say(word: string): void {
    this.#status = this.data.words[word]!;
    const place = this.#root.querySelector("[data-status]");
    if (place) place.textContent = this.#status;
  }

  #draw(focus?: string): void {
    const active = focus ?? document.activeElement?.id ?? "";
    const node = this.graph().nodes.find((one) => one.id === this.#chosen);
    this.#root.replaceChildren(this.#bar(), this.#picture(), this.#report(), ...(node ? [this.#node(node)] : []), this.#factList());
    if (active) document.getElementById(active)?.focus();
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
    this.#draw();
  }

  #picture(): SVGElement {
    return drawGraph(this.graph(), this.#chosen, this.data.words["graph"]!, (id) => this.#choose(id));
  }

  #report(): HTMLElement {
    const { words } = this.data;
    if (!this.#faults.length) return make("p", { class: "notice notice-success" }, words["ready"]!);
    const lines = this.#faults.map((one) => {
      const place = [one.node, one.row === null ? "" : `${words["row"]!} ${one.row}`, one.column].filter(Boolean).join(" · ");
      return make("li", {}, place ? `${place}: ${one.reason}` : one.reason);
    });
    return make("div", { class: "notice notice-error", role: "alert" }, make("div", {}, words["faults"]!, make("ul", {}, ...lines)));
  }

  #node(node: Node): HTMLElement {
    if (node.type === "decisionTableNode") {
      return drawTable(this, node, this.#faults.filter((one) => one.node === (node.name || node.id)));
    }
    return hasLines(node) ? drawLines(this, node) : make("p", { class: "muted" }, this.data.words["readOnly"]!);
  }

  #factList(): HTMLElement {
    return make("datalist", { id: "facts" }, ...this.data.facts.map((fact) => make("option", { value: fact.name }, fact.title)));
  }
}

function token(): string {
  return document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
}

const root = document.querySelector<HTMLElement>("[data-editor]");
const source = document.getElementById("draft-data");
if (root && source?.textContent) new Editor(root, JSON.parse(source.textContent) as Data);
