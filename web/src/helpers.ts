// Small conveniences: `data-autosubmit` sends its form on change, `data-fill` copies a value
// into a field, and a form that was changed asks nothing of those without scripts.

function onChange(event: Event): void {
  const field = (event.target as Element).closest<HTMLElement>("[data-autosubmit]");
  field?.closest("form")?.requestSubmit();
}

function onClick(event: MouseEvent): void {
  const button = (event.target as Element).closest<HTMLElement>("[data-fill]");
  if (!button) return;
  const field = document.getElementById(button.dataset["fill"] ?? "");
  if (field instanceof HTMLInputElement) {
    field.value = button.dataset["value"] ?? "";
    field.focus();
  }
}

export function watchHelpers(): void {
  document.addEventListener("change", onChange);
  document.addEventListener("click", onClick);
}
