// A decision graph as the editor changes it: pure functions from one document to the next.

export interface Column { id: string; name?: string; field?: string | null; [rest: string]: unknown }
export type Rule = Record<string, string>;
export interface TableContent {
  hitPolicy?: string;
  inputs: Column[];
  outputs: Column[];
  rules: Rule[];
  [rest: string]: unknown;
}
export interface Node { id: string; type: string; name?: string; position?: { x: number; y: number }; content?: unknown; [rest: string]: unknown }
export interface Edge { sourceId: string; targetId: string; [rest: string]: unknown }
export interface Graph { nodes: Node[]; edges: Edge[]; [rest: string]: unknown }
export type Side = "inputs" | "outputs";

export function tableOf(graph: Graph, nodeId: string): TableContent {
  const node = graph.nodes.find((one) => one.id === nodeId);
  if (!node || node.type !== "decisionTableNode") throw new Error(`no table ${nodeId}`);
  return node.content as TableContent;
}

/** The same graph with every list of a table there, as other editors may leave empty ones out. */
export function whole(graph: Graph): Graph {
  const empty = { inputs: [], outputs: [], rules: [] };
  return {
    ...graph,
    edges: graph.edges ?? [],
    nodes: (graph.nodes ?? []).map((one) => (one.type === "decisionTableNode" ? { ...one, content: { ...empty, ...(one.content as object | undefined) } } : one)),
  };
}

export function withContent(graph: Graph, nodeId: string, content: unknown): Graph {
  return { ...graph, nodes: graph.nodes.map((one) => (one.id === nodeId ? { ...one, content } : one)) };
}

function withTable(graph: Graph, nodeId: string, change: (table: TableContent) => Partial<TableContent>): Graph {
  const table = tableOf(graph, nodeId);
  return withContent(graph, nodeId, { ...table, ...change(table) });
}

/** The same name with the smallest number behind it that is free. */
export function freshName(wish: string, taken: Iterable<string>): string {
  const known = new Set(taken);
  if (!known.has(wish)) return wish;
  let number = 2;
  while (known.has(`${wish}-${number}`)) number += 1;
  return `${wish}-${number}`;
}

/** Names of rules that are not taken yet, one a call. */
function freshNames(wish: string, rules: Rule[]): () => string {
  const known = new Set(rules.map((rule) => rule["_id"]));
  let number = 1;
  return () => {
    let name = number === 1 ? wish : `${wish}-${number}`;
    while (known.has(name)) name = `${wish}-${number += 1}`;
    known.add(name);
    return name;
  };
}

export function setCell(graph: Graph, nodeId: string, row: number, column: string, text: string): Graph {
  return withTable(graph, nodeId, ({ rules }) => ({
    rules: rules.map((rule, at) => (at === row ? { ...rule, [column]: text } : rule)),
  }));
}

export function addRule(graph: Graph, nodeId: string, at: number): Graph {
  return withTable(graph, nodeId, ({ rules }) => {
    const fresh = { _id: freshNames("rule", rules)() };
    return { rules: [...rules.slice(0, at), fresh, ...rules.slice(at)] };
  });
}

export function copyRule(graph: Graph, nodeId: string, row: number): Graph {
  return withTable(graph, nodeId, ({ rules }) => {
    const from = rules[row];
    if (!from) return {};
    const name = freshName(from["_id"] ?? "rule", rules.map((rule) => rule["_id"] ?? ""));
    return { rules: [...rules.slice(0, row + 1), { ...from, _id: name }, ...rules.slice(row + 1)] };
  });
}

export function removeRule(graph: Graph, nodeId: string, row: number): Graph {
  return withTable(graph, nodeId, ({ rules }) => ({ rules: rules.filter((_, at) => at !== row) }));
}

export function moveRule(graph: Graph, nodeId: string, row: number, step: -1 | 1): Graph {
  return withTable(graph, nodeId, ({ rules }) => {
    const to = row + step;
    const moved = rules[row];
    if (!moved || to < 0 || to >= rules.length) return {};
    const rest = rules.filter((_, at) => at !== row);
    return { rules: [...rest.slice(0, to), moved, ...rest.slice(to)] };
  });
}

export function addColumn(graph: Graph, nodeId: string, side: Side, field: string): Graph {
  return withTable(graph, nodeId, (table) => {
    const taken = [...table.inputs, ...table.outputs].map((one) => one.id);
    const id = freshName(side === "inputs" ? `in_${field}` : `out_${field}`, taken);
    return { [side]: [...table[side], { id, name: field, field }] };
  });
}

export function changeColumn(graph: Graph, nodeId: string, side: Side, id: string, change: Partial<Column>): Graph {
  return withTable(graph, nodeId, (table) => ({
    [side]: table[side].map((one) => (one.id === id ? { ...one, ...change } : one)),
  }));
}

/** Without the column and what stood in it. */
export function removeColumn(graph: Graph, nodeId: string, side: Side, id: string): Graph {
  return withTable(graph, nodeId, (table) => ({
    [side]: table[side].filter((one) => one.id !== id),
    rules: table.rules.map((rule) => Object.fromEntries(Object.entries(rule).filter(([key]) => key !== id))),
  }));
}

/** Cells of a spreadsheet: tabs between columns, line ends between rows; quotes hold both. */
export function readSheet(text: string): string[][] {
  const rows: string[][] = [[]];
  let cell = "", quoted = false;
  const close = (): void => { rows.at(-1)!.push(cell); cell = ""; };
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at]!;
    if (quoted && sign === '"' && text[at + 1] === '"') { cell += '"'; at += 1; }
    else if (sign === '"' && (quoted || cell === "")) quoted = !quoted;
    else if (!quoted && sign === "\t") close();
    else if (!quoted && (sign === "\n" || sign === "\r")) {
      if (sign === "\r" && text[at + 1] === "\n") at += 1;
      close();
      rows.push([]);
    } else cell += sign;
  }
  close();
  if (rows.length > 1 && rows.at(-1)!.length === 1 && rows.at(-1)![0] === "") rows.pop();
  return rows;
}

/** Cells laid over a table from one cell on, with rules added where they are too few. */
export function pasteSheet(graph: Graph, nodeId: string, row: number, column: string, cells: string[][]): Graph {
  return withTable(graph, nodeId, (table) => {
    const order = [...table.inputs, ...table.outputs].map((one) => one.id);
    const under = order.slice(order.indexOf(column));
    const fresh = freshNames("rule", table.rules);
    const rules = [...table.rules];
    cells.forEach((line, down) => {
      const laid = under.slice(0, line.length).map((id, right) => [id, line[right]!]);
      rules[row + down] = { ...(rules[row + down] ?? { _id: fresh() }), ...Object.fromEntries(laid) };
    });
    return { rules };
  });
}
