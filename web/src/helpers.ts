// Small conveniences: `data-autosubmit` sends its form on change, and a link with
// `data-focus-field` puts the cursor into the first field of the part it leads to.

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

export function watchHelpers(): void {
  document.addEventListener("change", onChange);
  document.addEventListener("click", onClick);
}
