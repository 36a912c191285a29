// The graph as a picture: boxes where the author placed them, lines between.
import type { Graph } from "./model.ts";

const SPACE = "http://www.w3.org/2000/svg";
const WIDE = 150, HIGH = 44, PAD = 12;

function svg(tag: string, attributes: Record<string, string | number>): SVGElement {
  const element = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

export function drawGraph(graph: Graph, chosen: string, title: string, choose: (id: string) => void): SVGElement {
  const at = new Map(graph.nodes.map((node, n) => [node.id, node.position ?? { x: n * (WIDE + 60), y: 0 }]));
  const xs = [...at.values()].map((one) => one.x), ys = [...at.values()].map((one) => one.y);
  const left = Math.min(...xs) - PAD, top = Math.min(...ys) - PAD;
  const picture = svg("svg", {
    class: "graph", role: "img", "aria-label": title,
    viewBox: `${left} ${top} ${Math.max(...xs) + WIDE + PAD - left} ${Math.max(...ys) + HIGH + PAD - top}`,
  });
  for (const edge of graph.edges) {
    const from = at.get(edge.sourceId), to = at.get(edge.targetId);
    if (from && to) picture.append(svg("path", { class: "graph-edge", d: `M${from.x + WIDE} ${from.y + HIGH / 2} L${to.x} ${to.y + HIGH / 2}` }));
  }
  for (const node of graph.nodes) {
    const { x, y } = at.get(node.id)!;
    const box = svg("g", { class: node.id === chosen ? "graph-node is-chosen" : "graph-node", transform: `translate(${x} ${y})` });
    const words = svg("text", { x: WIDE / 2, y: HIGH / 2, "text-anchor": "middle", "dominant-baseline": "central" });
    words.textContent = (node.name || node.id).slice(0, 18);
    box.append(svg("rect", { width: WIDE, height: HIGH, rx: 8 }), words);
    box.addEventListener("click", () => choose(node.id));
    picture.append(box);
  }
  return picture;
}
