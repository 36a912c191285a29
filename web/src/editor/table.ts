// A decision table as a grid of inputs: one cell a condition or a result, faults beside them.
import { make, signButton } from "./dom.ts";
import * as model from "./model.ts";
import type { Data, Fault } from "./types.ts";

export interface Bench {
  data: Data;
  change(next: model.Graph, focus?: string): void;
  graph(): model.Graph;
}

const SIDES: readonly model.Side[] = ["inputs", "outputs"];

export function drawTable(bench: Bench, node: model.Node, faults: Fault[]): HTMLElement {
  const content = node.content as model.TableContent;
  const grid = make("table", { class: "data-table is-compact rules" }, head(bench, node, content), body(bench, node, content, faults));
  const below = make("div", { class: "form-actions" });
  const { words } = bench.data;
  below.append(
    signedAction(words["addRule"]!, () => bench.change(model.addRule(bench.graph(), node.id, content.rules.length), cellId(node.id, content.rules.length, firstColumn(content)))),
    columnAdder(bench, node, "inputs", words["addInput"]!),
    columnAdder(bench, node, "outputs", words["addOutput"]!),
    hitPolicy(bench, node, content),
  );
  return make("div", { class: "stack" }, make("div", { class: "table-scroll" }, grid), below);
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
  title.addEventListener("change", () => bench.change(model.changeColumn(bench.graph(), node.id, side, column.id, { name: title.value })));
  const field = make("input", { class: "input input-xs mono", value: column.field ?? "", list: side === "inputs" ? "facts" : undefined, "aria-label": words["field"]! });
  field.addEventListener("change", () => bench.change(model.changeColumn(bench.graph(), node.id, side, column.id, { field: field.value.trim() })));
  const remove = signButton("×", words["removeColumn"]!, () => bench.change(model.removeColumn(bench.graph(), node.id, side, column.id)));
  return make("th", { scope: "col", class: side === "outputs" ? "is-output" : undefined }, make("div", { class: "column-head" }, title, field, remove));
}

function body(bench: Bench, node: model.Node, content: model.TableContent, faults: Fault[]): HTMLElement {
  const columns = [...content.inputs, ...content.outputs];
  return make("tbody", {}, ...content.rules.map((rule, row) => {
    const line = make("tr", {}, make("td", { class: "number muted" }, String(row + 1)), ruleHead(bench, node, rule, row));
    for (const column of columns) line.append(cell(bench, node, rule, row, column, faults));
    line.append(make("td", {}, rowActions(bench, node, row, content.rules.length)));
    return line;
  }));
}

function ruleHead(bench: Bench, node: model.Node, rule: model.Rule, row: number): HTMLElement {
  const { words } = bench.data;
  const name = make("input", { class: "input input-xs mono", value: rule["_id"] ?? "", "aria-label": words["rule"]! });
  name.addEventListener("change", () => bench.change(model.setCell(bench.graph(), node.id, row, "_id", name.value.trim())));
  const about = make("textarea", { class: "textarea textarea-sm", rows: "2", "aria-label": words["about"]!, placeholder: words["about"]! }, rule["_description"] ?? "");
  about.addEventListener("change", () => bench.change(model.setCell(bench.graph(), node.id, row, "_description", about.value)));
  return make("td", {}, make("div", { class: "rule-head" }, name, about));
}

function cell(bench: Bench, node: model.Node, rule: model.Rule, row: number, column: model.Column, faults: Fault[]): HTMLElement {
  const label = column.name || column.field || column.id;
  const fault = faults.find((one) => one.row === row + 1 && one.column === label);
  const input = make("input", {
    class: "input input-sm mono", id: cellId(node.id, row, column.id), value: rule[column.id] ?? "",
    "aria-label": `${label} ${row + 1}`, "aria-invalid": fault ? "true" : undefined, autocomplete: "off", spellcheck: "false",
  });
  input.addEventListener("change", () => bench.change(model.setCell(bench.graph(), node.id, row, column.id, input.value)));
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
    document.getElementById(cellId(node.id, row + step, column.id))?.focus();
  });
  return make("td", {}, input, ...(fault ? [make("p", { class: "errors" }, fault.reason)] : []));
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
  choice.addEventListener("change", () => bench.change(model.withContent(bench.graph(), node.id, { ...content, hitPolicy: choice.value })));
  return choice;
}
