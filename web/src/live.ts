// A part with `data-live` asks for itself anew every few seconds (by htmx). While nobody looks at
// the page it asks for nothing; once somebody does, it is brought up to date at once.

function onRequest(event: Event): void {
  if (document.hidden && event.target instanceof Element && event.target.matches("[data-live]")) event.preventDefault();
}

function onLook(): void {
  if (document.hidden) return;
  for (const part of document.querySelectorAll("[data-live]")) part.dispatchEvent(new CustomEvent("live"));
}

export function watchLive(): void {
  document.addEventListener("htmx:before:request", onRequest);
  document.addEventListener("visibilitychange", onLook);
}
