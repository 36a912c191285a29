// A table wider than its place scrolls sideways: who has only a keyboard reaches it by Tab
// while it does, and a reader of screens hears which part of the page it is.
const SCROLLS = ".table-scroll";

function mark(box: HTMLElement): void {
  if (box.scrollWidth <= box.clientWidth) {
    for (const name of ["tabindex", "role", "aria-labelledby"]) box.removeAttribute(name);
    return;
  }
  box.tabIndex = 0;
  const title = box.closest("[aria-labelledby]")?.getAttribute("aria-labelledby");
  if (!title) return;
  box.setAttribute("role", "region");
  box.setAttribute("aria-labelledby", title);
}

const sizes = new ResizeObserver((changes) => {
  for (const change of changes) {
    const box = change.target.closest<HTMLElement>(SCROLLS);
    if (box) mark(box);
  }
});

// Templates that say themselves how their table is reached are left as they are.
function watchAll(): void {
  for (const box of document.querySelectorAll<HTMLElement>(`${SCROLLS}:not([tabindex])`)) {
    sizes.observe(box);
    if (box.firstElementChild) sizes.observe(box.firstElementChild);
  }
}

export function watchScrolling(): void {
  watchAll();
  document.addEventListener("htmx:after:swap", watchAll);
}
