// A page of a case that is left gives the case back: `#case-leaving` is the form that says so; also
// that it leads to another page of the same case, on which its reader goes on with it.
const LEADS_MS = 15_000;

export function watchLeaving(): void {
  const form = document.querySelector<HTMLFormElement>("#case-leaving");
  if (!form) return;
  const own = new URL("./", form.action.replace(/\/$/, "")).href;
  let ledOnAt = -LEADS_MS;
  const lead = (event: Event, where: string): void => {
    const page = where.split("#", 1)[0]!;
    if (!event.defaultPrevented) ledOnAt = page !== own && page.startsWith(own) ? event.timeStamp : -LEADS_MS;
  };
  window.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[href]") : null;
    if (link) lead(event, link.href);
  });
  window.addEventListener("submit", (event) => lead(event, (event.target as HTMLFormElement).action));
  window.addEventListener("pagehide", () => {
    const told = new FormData(form);
    if (performance.now() - ledOnAt < LEADS_MS) told.append("goes_on", "yes");
    ledOnAt = -LEADS_MS; // it may be gone back to
    navigator.sendBeacon(form.action, told);
  });
  // Gone back to without having been loaded anew.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelector("#case-holder")?.dispatchEvent(new CustomEvent("shown-again"));
  });
}
