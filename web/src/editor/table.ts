// A decision table as a grid of inputs, one for each condition and result; faults beside them.
import { make, signButton } from "./dom.ts";
import * as model from "./model.ts";
import type { Data, Fault } from "./types.ts";

export const WINDOW = 50; // rules that are shown at once; a table may have ten thousand

export interface Bench {
  data: Data;
  /** Takes a change of the table's shape over and draws it anew. */
  change(next: model.Graph, focus?: string): void;
  /** Takes over what was typed into a field, which shows it already. */
  note(next: model.Graph, field: HTMLInputElement | HTMLTextAreaElement): void;
  graph(): model.Graph;
  /** The first rule that is shown, counted from 0. */
  first(): number;
  /** Shows the rule, counted from 0, and puts the focus on an element of its row. */
  show(row: number, focus: string): void;
}

const SIDES: readonly model.Side[] = ["inputs", "outputs"];

export function drawTable(bench: Bench, node: model.Node): HTMLElement {
  const content = node.content as model.TableContent;
  const grid = make("table", { class: "data-table is-compact rules" }, head(bench, node, content), body(bench, node, content));
  const below = make("div", { class: "form-actions" });
  const { words } = bench.data;
  below.append(
    signedAction(words["addRule"]!, () => bench.change(model.addRule(bench.graph(), node.id, content.rules.length), cellId(node.id, content.rules.length, firstColumn(content)))),
    columnAdder(bench, node, "inputs", words["addInput"]!),
    columnAdder(bench, node, "outputs", words["addOutput"]!),
    hitPolicy(bench, node, content),
  );
  return make("div", { class: "stack" }, ...pager(bench, node, content), make("div", { class: "table-scroll" }, grid), below);
}

/** Which rules are shown, and how to see others; nothing for a table that fits. */
function pager(bench: Bench, node: model.Node, content: model.TableContent): HTMLElement[] {
  const rows = content.rules.length, first = bench.first(), { words } = bench.data;
  if (rows <= WINDOW) return [];
  const to = (row: number): void => {
    const wanted = Math.min(Math.max(row, 0), rows - 1);
    bench.show(wanted, cellId(node.id, wanted, firstColumn(content)));
  };
  const number = make("input", { class: "input input-sm", type: "number", min: "1", max: String(rows), "aria-label": words["goTo"]!, placeholder: words["goTo"]! });
  number.addEventListener("change", () => { if (number.value) to(Number(number.value) - 1); });
  return [make("div", { class: "editor-window" },
    signButton("‹", words["before"]!, () => to(first - WINDOW), first === 0),
    make("span", { class: "small" }, words["window"]!.replace("{first}", String(first + 1)).replace("{last}", String(Math.min(first + WINDOW, rows))).replace("{rows}", String(rows))),
    signButton("›", words["after"]!, () => to(first + WINDOW), first + WINDOW >= rows),
    number)];
}

function firstColumn(content: model.TableContent): string {
  return (content.inputs[0] ?? content.outputs[0])?.id ?? "";
}

export function cellId(nodeId: string, row: number, column: string): string {
  return `cell:${nodeId}:${row}:${column}`;
}

function signedAction(text: string, act: () => void): HTMLButtonElement {
  const element = make("button", { type: "button", class: "btn btn-sm" }, `+ ${text}`);
  element.addEventListener("click", act);
  return element;
}

function head(bench: Bench, node: model.Node, content: model.TableContent): HTMLElement {
  const { words } = bench.data;
  const row = make("tr", {}, make("th", { scope: "col", class: "number" }, "#"), make("th", { scope: "col" }, words["rule"]!));
  for (const side of SIDES) {
    for (const column of content[side]) row.append(columnHead(bench, node, side, column));
  }
  row.append(make("th", { scope: "col" }));
  return make("thead", {}, row);
}

function columnHead(bench: Bench, node: model.Node, side: model.Side, column: model.Column): HTMLElement {
  const { words } = bench.data;
  const title = make("input", { class: "input input-sm", value: column.name ?? "", "aria-label": words["title"]! });
  title.addEventListener("change", () => bench.note(model.changeColumn(bench.graph(), node.id, side, column.id, { name: title.value }), title));
  const field = make("input", { class: "input input-xs mono", value: column.field ?? "", list: side === "inputs" ? "facts" : undefined, "aria-label": words["field"]! });
  field.addEventListener("change", () => bench.note(model.changeColumn(bench.graph(), node.id, side, column.id, { field: field.value.trim() }), field));
  const remove = signButton("×", words["removeColumn"]!, () => bench.change(model.removeColumn(bench.graph(), node.id, side, column.id)));
  return make("th", { scope: "col", class: side === "outputs" ? "is-output" : undefined }, make("div", { class: "column-head" }, title, field, remove));
}

function body(bench: Bench, node: model.Node, content: model.TableContent): HTMLElement {
  const columns = [...content.inputs, ...content.outputs];
  const first = bench.first();
  return make("tbody", {}, ...content.rules.slice(first, first + WINDOW).map((rule, at) => {
    const row = first + at;
    const line = make("tr", {}, make("td", { class: "number muted" }, String(row + 1)), ruleHead(bench, node, rule, row));
    for (const column of columns) line.append(cell(bench, node, rule, row, column));
    line.append(make("td", {}, rowActions(bench, node, row, content.rules.length)));
    return line;
  }));
}

function ruleHead(bench: Bench, node: model.Node, rule: model.Rule, row: number): HTMLElement {
  const { words } = bench.data;
  const name = make("input", { class: "input input-xs mono", value: rule["_id"] ?? "", "aria-label": words["rule"]! });
  name.addEventListener("change", () => bench.note(model.setCell(bench.graph(), node.id, row, "_id", name.value.trim()), name));
  const about = make("textarea", { class: "textarea textarea-sm", rows: "2", "aria-label": words["about"]!, placeholder: words["about"]! }, rule["_description"] ?? "");
  about.addEventListener("change", () => bench.note(model.setCell(bench.graph(), node.id, row, "_description", about.value), about));
  return make("td", {}, make("div", { class: "rule-head" }, name, about));
}

function cell(bench: Bench, node: model.Node, rule: model.Rule, row: number, column: model.Column): HTMLElement {
  const label = labelOf(column);
  const input = make("input", {
    class: "input input-sm mono", id: cellId(node.id, row, column.id), value: rule[column.id] ?? "",
    "aria-label": `${label} ${row + 1}`, autocomplete: "off", spellcheck: "false",
  });
  input.addEventListener("change", () => bench.note(model.setCell(bench.graph(), node.id, row, column.id, input.value), input));
  input.addEventListener("paste", (event) => {
    const cells = model.readSheet(event.clipboardData?.getData("text/plain") ?? "");
    if (cells.length === 1 && cells[0]!.length === 1) return;
    event.preventDefault();
    bench.change(model.pasteSheet(bench.graph(), node.id, row, column.id, cells), input.id);
  });
  input.addEventListener("keydown", (event) => {
    const step = event.key === "ArrowDown" || event.key === "Enter" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (!step || event.isComposing) return;
    event.preventDefault();
    bench.show(row + step, cellId(node.id, row + step, column.id));
  });
  return make("td", {}, input);
}

function labelOf(column: model.Column): string {
  return column.name || column.field || column.id;
}

/** Puts what is wrong beside each cell that is shown, and takes away what no longer is. */
export function markFaults(root: HTMLElement, node: model.Node, faults: readonly Fault[]): void {
  root.querySelectorAll(".cell-fault").forEach((one) => one.remove());
  root.querySelectorAll("[aria-invalid]").forEach((one) => { one.removeAttribute("aria-invalid"); one.removeAttribute("aria-describedby"); });
  const { inputs, outputs } = node.content as model.TableContent;
  for (const fault of faults) {
    const column = [...inputs, ...outputs].find((one) => labelOf(one) === fault.column);
    if (fault.row === null || !column) continue;
    const input = document.getElementById(cellId(node.id, fault.row - 1, column.id));
    if (!input) continue;
    const id = `${input.id}:fault`;
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", id);
    input.after(make("p", { class: "errors cell-fault", id }, fault.reason));
  }
}

function rowActions(bench: Bench, node: model.Node, row: number, rows: number): HTMLElement {
  const { words } = bench.data;
  return make("div", { class: "row-actions" },
    signButton("↑", words["up"]!, () => bench.change(model.moveRule(bench.graph(), node.id, row, -1)), row === 0),
    signButton("↓", words["down"]!, () => bench.change(model.moveRule(bench.graph(), node.id, row, 1)), row === rows - 1),
    signButton("⧉", words["copyRule"]!, () => bench.change(model.copyRule(bench.graph(), node.id, row))),
    signButton("×", words["removeRule"]!, () => bench.change(model.removeRule(bench.graph(), node.id, row))),
  );
}

function columnAdder(bench: Bench, node: model.Node, side: model.Side, words: string): HTMLElement {
  if (side === "outputs") return signedAction(words, () => bench.change(model.addColumn(bench.graph(), node.id, side, "field")));
  const choice = make("select", { class: "select select-sm", "aria-label": words }, make("option", { value: "" }, `+ ${words}`),
    ...bench.data.facts.map((fact) => make("option", { value: fact.name }, `${fact.title} (${fact.name})`)));
  choice.addEventListener("change", () => { if (choice.value) bench.change(model.addColumn(bench.graph(), node.id, side, choice.value)); });
  return choice;
}

function hitPolicy(bench: Bench, node: model.Node, content: model.TableContent): HTMLElement {
  const { words } = bench.data;
  const choice = make("select", { class: "select select-sm", "aria-label": words["hitPolicy"]! },
    ...["first", "collect"].map((value) => make("option", { value, selected: (content.hitPolicy ?? "first") === value }, words[value]!)));
  choice.addEventListener("change", () => bench.change(model.withContent(bench.graph(), node.id, { ...model.tableOf(bench.graph(), node.id), hitPolicy: choice.value })));
  return choice;
}
