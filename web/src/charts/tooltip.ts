// Tooltips are built as nodes: ECharts' own markup carries style attributes, which the
// Content-Security-Policy rightly refuses.

export interface TipRow {
  readonly color: string;
  readonly name: string;
  readonly value: string;
}

export function tipNode(title: string, rows: readonly TipRow[]): HTMLElement {
  const tip = document.createElement("div");
  tip.className = "chart-tip";
  if (title) tip.append(Object.assign(document.createElement("strong"), { textContent: title }));
  for (const row of rows) {
    const line = document.createElement("div");
    line.className = "chart-tip-row";
    const swatch = document.createElement("span");
    swatch.className = "swatch";
    swatch.style.backgroundColor = row.color;
    const name = Object.assign(document.createElement("span"), { textContent: row.name });
    const value = Object.assign(document.createElement("b"), { textContent: row.value });
    line.append(swatch, name, value);
    tip.append(line);
  }
  return tip;
}
