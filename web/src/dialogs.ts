// `data-dialog-open="id"` opens a <dialog>, `data-dialog-close` closes the one it stands in.
// A <details data-menu> closes when one clicks elsewhere or presses Escape.

export function openDialog(id: string): void {
  const dialog = document.getElementById(id);
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}

function closeMenus(except: Element | null): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details[data-menu][open]")) {
    if (menu !== except) menu.open = false;
  }
}

function onClick(event: MouseEvent): void {
  const target = event.target as Element;
  closeMenus(target.closest("details[data-menu]"));
  const opener = target.closest<HTMLElement>("[data-dialog-open]");
  if (opener) {
    const id = opener.dataset["dialogOpen"] ?? "";
    // A link keeps its page for those without scripts; here the dialog takes its place.
    if (opener instanceof HTMLAnchorElement) event.preventDefault();
    openDialog(id);
  }
  if (target.closest("[data-dialog-close]")) target.closest("dialog")?.close();
  if (target instanceof HTMLDialogElement && isBackdrop(event, target)) target.close();
}

function isBackdrop(event: MouseEvent, dialog: HTMLDialogElement): boolean {
  const box = dialog.getBoundingClientRect();
  const outsideX = event.clientX < box.left || event.clientX > box.right;
  return outsideX || event.clientY < box.top || event.clientY > box.bottom;
}

export function watchDialogs(): void {
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector<HTMLDetailsElement>("details[data-menu][open]");
    closeMenus(null);
    menu?.querySelector("summary")?.focus();
  });
}
