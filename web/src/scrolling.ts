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

// Rows of places that a phone has no room for begin at the one where the reader is.
function showCurrent(row: HTMLElement): void {
  const here = row.querySelector("[aria-current]")?.getBoundingClientRect();
  if (!here) return;
  const bounds = row.getBoundingClientRect();
  if (here.left >= bounds.left && here.right <= bounds.right) return;
  row.scrollLeft += here.left - bounds.left - (bounds.width - here.width) / 2;
}

export function watchScrolling(): void {
  watchAll();
  for (const row of document.querySelectorAll<HTMLElement>(".bottombar, .tabs-row")) showCurrent(row);
  document.addEventListener("htmx:after:swap", watchAll);
}
