// Expression and switch nodes: a line for each expression or branch.
import { button, make, signButton } from "./dom.ts";
import { freshName, type Graph, type Node, withContent } from "./model.ts";
import type { Bench } from "./table.ts";

type Line = Record<string, string>;
interface Shape { list: string; name: string | null; value: string; label: string }

const SHAPES: Record<string, Shape> = {
  expressionNode: { list: "expressions", name: "key", value: "value", label: "value" },
  switchNode: { list: "statements", name: null, value: "condition", label: "condition" },
};

export function hasLines(node: Node): boolean {
  return node.type in SHAPES;
}

export function drawLines(bench: Bench, node: Node): HTMLElement {
  const shape = SHAPES[node.type]!;
  const content = (node.content ?? {}) as Record<string, unknown>;
  const lines = (content[shape.list] ?? []) as Line[];
  const { words } = bench.data;
  const made = (next: Line[]): Graph => withContent(bench.graph(), node.id, { ...content, [shape.list]: next });
  const now = (): Line[] => ((bench.graph().nodes.find((one) => one.id === node.id)?.content as typeof content)[shape.list] ?? []) as Line[];
  const rows = lines.map((line, at) => {
    const set = (name: string, text: string): Graph => made(now().map((one, n) => (n === at ? { ...one, [name]: text } : one)));
    const cells = [shape.name, shape.value].filter((name) => name !== null).map((name) => {
      const words_ = name === shape.name ? words["field"]! : words[shape.label]!;
      const input = make("input", { class: "input input-sm mono", value: line[name] ?? "", "aria-label": `${words_} ${at + 1}` });
      input.addEventListener("change", () => bench.note(set(name, input.value), input));
      return make("td", {}, input);
    });
    return make("tr", {}, ...cells, make("td", {}, signButton("×", words["removeLine"]!, () => bench.change(made(now().filter((_, n) => n !== at))))));
  });
  const add = button(`+ ${words["addLine"]!}`, () => bench.change(made([...now(), { id: freshName("line", now().map((one) => one["id"] ?? "")), [shape.value]: "", ...(shape.name ? { [shape.name]: "" } : {}) }])));
  return make("div", { class: "stack" }, make("div", { class: "table-scroll" }, make("table", { class: "data-table is-compact" }, make("tbody", {}, ...rows))), make("div", { class: "form-actions" }, add));
}
