// Keyboard: an element with `data-shortcut="g d"` is clicked (a field: focused) by its keys;
// in `[data-rows]`, j and k move between `[data-row]` and Enter opens its link.
import { ShortcutReader, stepRow } from "./shortcuts.ts";

const ROW_KEYS: Record<string, number> = { j: 1, k: -1 };

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "submit"].includes(target.type);
  return target.isContentEditable || ["TEXTAREA", "SELECT"].includes(target.tagName);
}

function moveRow(delta: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-rows] [data-row]")];
  const current = rows.findIndex((row) => row.classList.contains("is-current"));
  const row = rows[stepRow(current, delta, rows.length)];
  if (!row) return;
  for (const other of rows) other.classList.toggle("is-current", other === row);
  row.querySelector<HTMLElement>("a")?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function trigger(shortcut: string): boolean {
  const element = document.querySelector<HTMLElement>(`[data-shortcut="${CSS.escape(shortcut)}"]`);
  if (!element) return false;
  if (element instanceof HTMLInputElement) {
    element.focus();
    element.select();
  } else {
    element.click();
  }
  return true;
}

function known(): string[] {
  const marked = document.querySelectorAll<HTMLElement>("[data-shortcut]");
  return [...marked].map((element) => element.dataset["shortcut"] ?? "").concat(Object.keys(ROW_KEYS));
}

export function watchKeyboard(): void {
  const reader = new ShortcutReader(known());
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.repeat && !(event.key in ROW_KEYS)) return;
    if (document.querySelector("dialog[open]")) return;
    const { key, ctrlKey: ctrl, altKey: alt, metaKey: meta, timeStamp: at } = event;
    const shortcut = reader.read({ key, ctrl, alt, meta, at, typing: isTyping(event.target) });
    if (shortcut === null) return;
    const delta = ROW_KEYS[shortcut];
    if (delta !== undefined) moveRow(delta);
    else if (!trigger(shortcut)) return;
    event.preventDefault();
  });
}
