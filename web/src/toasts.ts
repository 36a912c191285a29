// Notes that the server puts into the page go by themselves, errors stay until closed. When
// a request fails without an answer that can be shown, a note in the page's language says so.
const STAY_MS = 6000;

function dismissLater(note: HTMLElement): void {
  if (note.dataset["toast"] === "error" || note.dataset["timed"]) return;
  note.dataset["timed"] = "yes";
  setTimeout(() => note.remove(), STAY_MS);
}

function scan(): void {
  for (const note of document.querySelectorAll<HTMLElement>("[data-toast]")) dismissLater(note);
}

function showFailure(kind: "refused" | "failed" | "unreachable"): void {
  const template = document.querySelector<HTMLTemplateElement>(`template[data-failure="${kind}"]`);
  const list = document.getElementById("toasts");
  if (template && list) list.append(template.content.cloneNode(true));
}

function onResponseError(event: Event): void {
  const status = (event as CustomEvent).detail?.ctx?.response?.raw?.status ?? 0;
  if ((event as CustomEvent).detail?.ctx?.response?.raw?.headers?.has("HX-Held")) return; // says why itself
  if (status === 400 || status === 422) return; // the form shows its own errors
  showFailure(status >= 500 ? "failed" : "refused");
}

export function watchToasts(): void {
  scan();
  document.addEventListener("htmx:after:swap", scan);
  document.addEventListener("htmx:response:error", onResponseError);
  document.addEventListener("htmx:error", () => showFailure("unreachable"));
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest("[data-toast-close]");
    button?.closest("[data-toast]")?.remove();
  });
}
