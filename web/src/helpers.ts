// Small conveniences: `data-autosubmit` sends its form on change, a link with
// `data-focus-field` puts the cursor into the first field of the part it leads to, and of a
// row of tabs that is wider than the screen the current one is in sight.

function onChange(event: Event): void {
  const field = (event.target as Element).closest<HTMLElement>("[data-autosubmit]");
  field?.closest("form")?.requestSubmit();
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
  document.addEventListener("change", onChange);
  document.addEventListener("click", onClick);
}
