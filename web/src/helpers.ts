// Small conveniences: `data-autosubmit` sends its form on change, a link with
// `data-focus-field` puts the cursor into the first field of the part it leads to,
// `data-check-all` ticks all boxes of that name, and of a row of tabs that is wider than the screen
// the current one is in sight.

function onChange(event: Event): void {
  const field = (event.target as Element).closest<HTMLElement>("[data-autosubmit]");
  field?.closest("form")?.requestSubmit();
  checkAll(event.target as Element);
}

// A box for all of them, and they in turn: it is ticked while each of them is.
function checkAll(changed: Element): void {
  for (const all of document.querySelectorAll<HTMLElement>("[data-check-all]")) {
    const box = all.querySelector<HTMLInputElement>("input");
    const each = boxesOf(all);
    if (!box) continue;
    if (changed === box) each.forEach((one) => (one.checked = box.checked));
    box.checked = each.length > 0 && each.every((one) => one.checked);
  }
}

function boxesOf(all: HTMLElement): HTMLInputElement[] {
  const name = CSS.escape(all.dataset.checkAll ?? "");
  return [...document.querySelectorAll<HTMLInputElement>(`input[type=checkbox][name="${name}"]`)];
}

// Without a script it could do nothing: it is shown by it.
function offerAll(): void {
  for (const all of document.querySelectorAll<HTMLElement>("[data-check-all]")) {
    all.hidden = boxesOf(all).length < 2;
  }
}

function onClick(event: MouseEvent): void {
  const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-focus-field]");
  if (!link) return;
  const part = document.getElementById(link.hash.slice(1));
  const field = part?.querySelector<HTMLElement>("input:not([type=hidden]), select, textarea");
  if (!field) return;
  event.preventDefault();
  part?.scrollIntoView({ block: "nearest" });
  field.focus({ preventScroll: true });
}

function showCurrentTab(): void {
  const current = document.querySelector<HTMLElement>(".tabs-row [aria-current]");
  const row = current?.parentElement;
  if (!current || !row) return;
  row.scrollLeft = current.offsetLeft - row.offsetLeft - (row.clientWidth - current.clientWidth) / 2;
}

export function watchHelpers(): void {
  showCurrentTab();
  offerAll();
  document.addEventListener("change", onChange);
  document.addEventListener("click", onClick);
}
